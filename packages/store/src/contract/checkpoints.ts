/** A sandbox's memory and workspace at one point of its journal. */
import type { SandboxRecord } from './sandboxes.js';

export interface CheckpointRecord {
  /** 1 to 128 of `A-Z a-z 0-9 . _ -`. Unique in its sandbox. */
  id: string;
  /** Of the entry that it is as after; 0 before the first. Not greater than the newest one's. */
  position: number;
  createTime: number;
  /** What there is and where: the store never looks into it. At most 8 MiB. */
  manifest: Uint8Array;
  /** SHA-256 of each blob of the sandbox that the manifest refers to. */
  blobs: string[];
}

/** A checkpoint without what it refers to. */
export interface CheckpointSummary {
  id: string;
  position: number;
  createTime: number;
  /** How many, each once. */
  blobs: number;
  /** Of the manifest and of these blobs. */
  sizeBytes: number;
}

/** Writes take the epoch of the sandbox's lease as those to its journal do. */
export interface CheckpointStore {
  /**
   * `NOT_FOUND` when a blob is not held: `details.blobs` names those. `ALREADY_EXISTS` when the id
   * is taken.
   */
  addCheckpoint(sandboxId: string, checkpoint: CheckpointRecord, epoch?: number): Promise<void>;
  /** The newest with a position not greater than `atMost`; of one position, the one added last. */
  getCheckpoint(
    sandboxId: string,
    query?: { atMost?: number | undefined },
  ): Promise<CheckpointRecord | undefined>;
  /** Oldest first. */
  listCheckpoints(sandboxId: string): Promise<CheckpointSummary[]>;
  /** Its blobs go when nothing else of the sandbox points to them. Idempotent. */
  removeCheckpoint(sandboxId: string, checkpointId: string, epoch?: number): Promise<void>;
  /**
   * Adds a sandbox with a checkpoint of another one, at position 0 of a journal of its own. Content
   * is shared, not copied. Refuses the record as `createSandbox` does; `NOT_FOUND` when there is no
   * such source or checkpoint.
   */
  copySandbox(sourceId: string, checkpointId: string, record: SandboxRecord): Promise<void>;
}
