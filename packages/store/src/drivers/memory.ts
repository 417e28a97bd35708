/** Everything in this process's memory: gone when the process ends or the store is closed. */
import type { Store, StoreStatistics } from '../store.js';
import { createMemoryAudit } from './memory/memory-audit.js';
import { createMemoryBlobs } from './memory/memory-blobs.js';
import { createMemoryCheckpoints } from './memory/memory-checkpoints.js';
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
    state.lines = [];
  }
  return {
    capabilities: Object.freeze({ durable: false }),
    ...createMemorySandboxes(state),
    ...createMemoryJournal(state),
    ...createMemoryCheckpoints(state),
    ...createMemoryLeases(state),
    ...createMemoryBlobs(state),
    audit: createMemoryAudit(state),
    // Nothing is sealed: nothing leaves this process.
    async rotateKeys() {
      requireOpen(state);
      return 0;
    },
    async statistics() {
      requireOpen(state);
      return count(state);
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

function count(state: MemoryState): StoreStatistics {
  const contents = new Set<Uint8Array>();
  const statistics: StoreStatistics = {
    sandboxes: state.sandboxes.size,
    executions: 0,
    checkpoints: 0,
    blobs: 0,
    blobBytes: 0,
  };
  for (const { entries, checkpoints, blobs } of state.sandboxes.values()) {
    statistics.executions += entries.length;
    statistics.checkpoints += checkpoints.length;
    for (const { content } of blobs.values()) contents.add(content);
  }
  for (const content of contents) statistics.blobBytes += content.length;
  statistics.blobs = contents.size;
  return statistics;
}
