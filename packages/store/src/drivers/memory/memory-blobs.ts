/** Blobs in memory: what each sandbox holds, and how many entries and checkpoints point to it. */
import { hash } from 'node:crypto';
import { checkExecutionId } from '../../check-execution.js';
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
    async putBlob(sandboxId, content, draft) {
      requireOpen(state);
      checkExecutionId(draft, 'draft');
      return putBlob(requireSandbox(state, sandboxId), requireContent(content), draft);
    },
    async putBlobs(sandboxId, contents, draft) {
      requireOpen(state);
      checkExecutionId(draft, 'draft');
      const sandbox = requireSandbox(state, sandboxId);
      if (!Array.isArray(contents)) throw invalid('contents', 'must be a list');
      contents.forEach(requireContent);
      return contents.map((content) => putBlob(sandbox, content, draft));
    },
    async releaseBlobs(sandboxId, draft) {
      requireOpen(state);
      checkExecutionId(draft, 'draft');
      const sandbox = state.sandboxes.get(sandboxId);
      if (sandbox) endDraft(sandbox, draft);
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

function putBlob(sandbox: MemorySandbox, content: Uint8Array, draft: string): string {
  const sha256 = hash('sha256', content);
  let blob = sandbox.blobs.get(sha256);
  if (!blob) {
    const kept = fillsItsBuffer(content) ? content : new Uint8Array(content);
    blob = { content: kept, users: 0, drafts: 0 };
    sandbox.blobs.set(sha256, blob);
  }
  const put = sandbox.drafts.get(draft) ?? new Set();
  sandbox.drafts.set(draft, put);
  if (!put.has(sha256)) blob.drafts += 1;
  put.add(sha256);
  return sha256;
}

/** What was put for it and nothing points to goes. */
export function endDraft(sandbox: MemorySandbox, draft: string): void {
  for (const sha256 of sandbox.drafts.get(draft) ?? []) {
    const blob = sandbox.blobs.get(sha256);
    if (blob) blob.drafts -= 1;
    dropUnused(sandbox, sha256);
  }
  sandbox.drafts.delete(draft);
}

function dropUnused({ blobs }: MemorySandbox, sha256: string): void {
  const blob = blobs.get(sha256);
  if (blob?.users === 0 && blob.drafts === 0) blobs.delete(sha256);
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
    used.push(sha256);
  }
  sandbox.uses.set(user, used);
}

/** It points to nothing any more; content that nothing else points to goes. */
export function releaseUses(
  sandbox: MemorySandbox,
  user: ExecutionRecord | CheckpointRecord,
): void {
  for (const sha256 of sandbox.uses.get(user) ?? []) {
    const blob = sandbox.blobs.get(sha256);
    if (blob) blob.users -= 1;
    dropUnused(sandbox, sha256);
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
