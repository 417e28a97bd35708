/** Blobs in memory: each content once, with the number of sandboxes that hold it. */
import { hash } from 'node:crypto';
import { invalid } from '../../check-input.js';
import type { BlobStore } from '../../store.js';
import {
  type MemoryBlob,
  type MemorySandbox,
  type MemoryState,
  requireOpen,
  requireSandbox,
} from './memory-state.js';

const STREAM_CHUNK_BYTES = 65_536;

export function createMemoryBlobs(state: MemoryState): BlobStore {
  return {
    async putBlob(sandboxId, content) {
      requireOpen(state);
      return putBlob(state, requireSandbox(state, sandboxId), content);
    },
    async getBlob(sandboxId, sha256) {
      requireOpen(state);
      const blob = heldBlob(state, sandboxId, sha256);
      return blob && new Uint8Array(blob.content);
    },
    async openBlob(sandboxId, sha256) {
      requireOpen(state);
      const blob = heldBlob(state, sandboxId, sha256);
      return blob && streamOf(blob.content);
    },
  };
}

function putBlob(state: MemoryState, sandbox: MemorySandbox, content: Uint8Array): string {
  if (!(content instanceof Uint8Array)) throw invalid('content', 'must be a Uint8Array');
  const sha256 = hash('sha256', content);
  if (sandbox.blobs.has(sha256)) return sha256;
  const known = state.blobs.get(sha256);
  if (known) known.holders += 1;
  else {
    const kept = fillsItsBuffer(content) ? content : new Uint8Array(content);
    state.blobs.set(sha256, { content: kept, holders: 1 });
  }
  sandbox.blobs.add(sha256);
  return sha256;
}

/** False for a piece of a pool or of a frame, which would keep all of it in memory. */
function fillsItsBuffer(content: Uint8Array): boolean {
  return content.byteLength === content.buffer.byteLength;
}

function heldBlob(state: MemoryState, sandboxId: string, sha256: string): MemoryBlob | undefined {
  return state.sandboxes.get(sandboxId)?.blobs.has(sha256) ? state.blobs.get(sha256) : undefined;
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

/** Takes the sandbox's hold off each of its blobs; content that nobody holds goes. */
export function releaseBlobs(state: MemoryState, sandbox: MemorySandbox): void {
  for (const sha256 of sandbox.blobs) {
    const blob = state.blobs.get(sha256) as MemoryBlob;
    blob.holders -= 1;
    if (blob.holders === 0) state.blobs.delete(sha256);
  }
  sandbox.blobs.clear();
}
