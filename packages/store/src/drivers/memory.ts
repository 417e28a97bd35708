/** Everything in this process's memory: gone when the process ends or the store is closed. */
import { checkKeyProvider } from '../check-key-provider.js';
import type { KeyProvider } from '../contract/keys.js';
import { localKeyProvider } from '../sealing/local-key-provider.js';
import type { Store, StoreStatistics } from '../store.js';
import { exportSandbox } from '../transfer/export-sandbox.js';
import { importSandbox } from '../transfer/import-sandbox.js';
import { createMemoryAudit } from './memory/memory-audit.js';
import { createMemoryBlobs } from './memory/memory-blobs.js';
import { createMemoryCheckpoints } from './memory/memory-checkpoints.js';
import { createMemoryJournal } from './memory/memory-journal.js';
import { landInMemory } from './memory/memory-landing.js';
import { createMemoryLeases } from './memory/memory-leases.js';
import { createMemorySandboxes } from './memory/memory-sandboxes.js';
import { createMemoryState, type MemoryState, requireOpen } from './memory/memory-state.js';

export interface MemoryStoreOptions {
  /** Wraps the keys of exported sandboxes. By default `localKeyProvider()`. */
  keyProvider?: KeyProvider | undefined;
}

export function createMemoryStore(options: MemoryStoreOptions = {}): Store {
  const provider = checkKeyProvider(options.keyProvider ?? localKeyProvider());
  const state = createMemoryState();
  async function close(): Promise<void> {
    state.closed = true;
    state.sandboxes.clear();
    state.ordered = [];
    state.keys.clear();
    state.lines = [];
  }
  const store: Store = {
    capabilities: Object.freeze({ durable: false }),
    ...createMemorySandboxes(state),
    ...createMemoryJournal(state),
    ...createMemoryCheckpoints(state),
    ...createMemoryLeases(state),
    ...createMemoryBlobs(state),
    audit: createMemoryAudit(state),
    exportSandbox: (id) => exportSandbox(store, provider, id),
    async importSandbox(stream, change) {
      requireOpen(state);
      return importSandbox((record) => landInMemory(state, record), provider, stream, change);
    },
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
  return store;
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
