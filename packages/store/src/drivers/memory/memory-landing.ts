/** A sandbox on its way into memory. */

import { contentOf } from '../../check-execution.js';
import { contentHash } from '../../content-hash.js';
import { isTaken } from '../../refusals.js';
import type { ExecutionRecord, SandboxRecord } from '../../store.js';
import { type Landing, requireContent } from '../../transfer/import-sandbox.js';
import { useBlobs } from './memory-blobs.js';
import { addCheckpoint } from './memory-checkpoints.js';
import { addSandbox } from './memory-sandboxes.js';
import { type MemoryState, requireOpen } from './memory-state.js';

export async function landInMemory(state: MemoryState, record: SandboxRecord): Promise<Landing> {
  requireOpen(state);
  if (state.sandboxes.has(record.id)) throw isTaken('id', record.id);
  const contents = new Map<string, Uint8Array>();
  const entries: ExecutionRecord[] = [];
  return {
    async putBlob(sha256, sizeBytes, pieces) {
      const content = new Uint8Array(sizeBytes);
      let offset = 0;
      for await (const piece of pieces) {
        content.set(piece, offset);
        offset += piece.length;
      }
      requireContent((await contentHash(content)) === sha256, sha256);
      contents.set(sha256, content);
    },
    async addEntry(entry) {
      entries.push(entry);
    },
    async commit(checkpoint, lastPosition) {
      requireOpen(state);
      const sandbox = addSandbox(state, record, 'import');
      sandbox.lastPosition = lastPosition;
      for (const [sha256, content] of contents) {
        sandbox.blobs.set(sha256, { content, users: 0, drafts: 0 });
      }
      for (const entry of entries) {
        sandbox.entries.push(entry);
        sandbox.entriesById.set(entry.id, entry);
        useBlobs(sandbox, entry, contentOf(entry));
      }
      if (checkpoint) addCheckpoint(sandbox, checkpoint);
    },
    async abandon() {
      contents.clear();
    },
  };
}
