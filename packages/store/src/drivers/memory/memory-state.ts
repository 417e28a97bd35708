/** What the memory driver holds, and how its parts find it. */

import { noSandbox, storeClosed } from '../../refusals.js';
import type {
  CheckpointRecord,
  ExecutionRecord,
  Lease,
  SandboxPatch,
  SandboxRecord,
} from '../../store.js';
import type { MemoryLine } from './memory-audit.js';

export interface MemorySandbox {
  record: SandboxRecord;
  /** By position. */
  entries: ExecutionRecord[];
  entriesById: Map<string, ExecutionRecord>;
  /** The newest position ever given. */
  lastPosition: number;
  /** By position; of one position in the order in which they were added. */
  checkpoints: CheckpointRecord[];
  /** By hash. */
  blobs: Map<string, MemoryBlob>;
  /** Hashes that an entry or a checkpoint points to. */
  uses: Map<ExecutionRecord | CheckpointRecord, string[]>;
  /** Hashes of what was put for each draft. */
  drafts: Map<string, Set<string>>;
  lease: Lease | undefined;
  /** The newest lease was asked for by another owner. */
  asked: boolean;
}

/** What one sandbox holds. A copy of the sandbox has the same content. */
export interface MemoryBlob {
  content: Uint8Array;
  /** How many entries and checkpoints point to it. */
  users: number;
  /** How many drafts it was put for. */
  drafts: number;
}

export interface MemoryState {
  closed: boolean;
  sandboxes: Map<string, MemorySandbox>;
  /** By creation time, then id. */
  ordered: MemorySandbox[];
  /** The sandbox that has a key, by owner, then by key. */
  keys: Map<string, Map<string, MemorySandbox>>;
  /** The audit log. */
  lines: MemoryLine[];
}

export function createMemoryState(): MemoryState {
  return {
    closed: false,
    sandboxes: new Map(),
    ordered: [],
    keys: new Map(),
    lines: [],
  };
}

export function requireOpen(state: MemoryState): void {
  if (state.closed) throw storeClosed();
}

/** The sandbox, for a write. Throws `NOT_FOUND` when it is not there or is being deleted. */
export function requireSandbox(state: MemoryState, id: string): MemorySandbox {
  const sandbox = state.sandboxes.get(id);
  if (sandbox === undefined || sandbox.record.state === 'deleting') {
    throw noSandbox(id);
  }
  return sandbox;
}

/** Sets what the patch has. The patch is a checked copy. */
export function applyPatch(sandbox: MemorySandbox, patch: SandboxPatch): void {
  Object.assign(sandbox.record, patch);
}

/** The first index in a sorted list whose item is after the place that `compare` looks for. */
export function firstIndexAfter<T>(list: T[], compare: (item: T) => number): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compare(list[middle] as T) <= 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
