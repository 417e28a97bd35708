/** Blobs in memory: what each sandbox holds, and how many entries and checkpoints point to it. */
import { hash } from 'node:crypto';
import { invalid } from '../../check-input.js';
import type { BlobStore, CheckpointRecord, ExecutionRecord } from '../../store.js';
import {
  type MemorySandbox,
  type MemoryState,
  requireOpen,
  requireSandbox,
} from './memory-state.js';

const STREAM_CHUNK_BYTES = 65_536;

export function createMemoryBlobs(state: MemoryState): BlobStore {
  const contentOf = (sandboxId: string, sha256: string): Uint8Array | undefined => {
    requireOpen(state);
    return state.sandboxes.get(sandboxId)?.blobs.get(sha256)?.content;
  };
  return {
    async putBlob(sandboxId, content) {
      requireOpen(state);
      return putBlob(requireSandbox(state, sandboxId), requireContent(content));
    },
    async putBlobs(sandboxId, contents) {
      requireOpen(state);
      const sandbox = requireSandbox(state, sandboxId);
      if (!Array.isArray(contents)) throw invalid('contents', 'must be a list');
      contents.forEach(requireContent);
      return contents.map((content) => putBlob(sandbox, content));
    },
    async getBlob(sandboxId, sha256) {
      const content = contentOf(sandboxId, sha256);
      return content && new Uint8Array(content);
    },
    async blobSize(sandboxId, sha256) {
      return contentOf(sandboxId, sha256)?.length;
    },
    async openBlob(sandboxId, sha256) {
      const content = contentOf(sandboxId, sha256);
      return content && streamOf(content);
    },
  };
}

function requireContent(content: unknown): Uint8Array {
  if (content instanceof Uint8Array) return content;
  throw invalid('content', 'must be a Uint8Array');
}

function putBlob(sandbox: MemorySandbox, content: Uint8Array): string {
  const sha256 = hash('sha256', content);
  const known = sandbox.blobs.get(sha256);
  if (known) known.pending = true;
  else {
    const kept = fillsItsBuffer(content) ? content : new Uint8Array(content);
    sandbox.blobs.set(sha256, { content: kept, users: 0, pending: true });
  }
  return sha256;
}

/** An entry or a checkpoint points to these, as far as the sandbox holds them. */
export function useBlobs(
  sandbox: MemorySandbox,
  user: ExecutionRecord | CheckpointRecord,
  hashes: Iterable<string>,
): void {
  const used: string[] = [];
  for (const sha256 of new Set(hashes)) {
    const blob = sandbox.blobs.get(sha256);
    if (!blob) continue;
    blob.users += 1;
    blob.pending = false;
    used.push(sha256);
  }
  sandbox.uses.set(user, used);
}

/** It points to nothing any more; content that nothing else points to goes. */
export function releaseBlobs(
  sandbox: MemorySandbox,
  user: ExecutionRecord | CheckpointRecord,
): void {
  for (const sha256 of sandbox.uses.get(user) ?? []) {
    const blob = sandbox.blobs.get(sha256);
    if (!blob) continue;
    blob.users -= 1;
    if (blob.users === 0 && !blob.pending) sandbox.blobs.delete(sha256);
  }
  sandbox.uses.delete(user);
}

/** False for a piece of a pool or of a frame, which would keep all of it in memory. */
function fillsItsBuffer(content: Uint8Array): boolean {
  return content.byteLength === content.buffer.byteLength;
}

function streamOf(content: Uint8Array): ReadableStream<Uint8Array> {
  let offset = 0;
  return new ReadableStream<Uint8Array>({
    pull(controller) {
      if (offset >= content.length) {
        controller.close();
        return;
      }
      controller.enqueue(content.slice(offset, offset + STREAM_CHUNK_BYTES));
      offset += STREAM_CHUNK_BYTES;
    },
  });
}
