/** Everything in this process's memory: gone when the process ends or the store is closed. */
import type { Store, StoreStatistics } from '../store.js';
import { createMemoryBlobs } from './memory/memory-blobs.js';
import { createMemoryJournal } from './memory/memory-journal.js';
import { createMemoryLeases } from './memory/memory-leases.js';
import { createMemorySandboxes } from './memory/memory-sandboxes.js';
import { createMemoryState, type MemoryState, requireOpen } from './memory/memory-state.js';

export function createMemoryStore(): Store {
  const state = createMemoryState();
  async function close(): Promise<void> {
    state.closed = true;
    state.sandboxes.clear();
    state.ordered = [];
    state.keys.clear();
    state.blobs.clear();
  }
  return {
    capabilities: Object.freeze({ durable: false }),
    ...createMemorySandboxes(state),
    ...createMemoryJournal(state),
    ...createMemoryLeases(state),
    ...createMemoryBlobs(state),
    async statistics() {
      requireOpen(state);
      return count(state);
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

function count(state: MemoryState): StoreStatistics {
  const statistics = { sandboxes: state.sandboxes.size, executions: 0, blobs: 0, blobBytes: 0 };
  for (const sandbox of state.sandboxes.values()) statistics.executions += sandbox.entries.length;
  for (const { content } of state.blobs.values()) {
    statistics.blobs += 1;
    statistics.blobBytes += content.length;
  }
  return statistics;
}
