/** The journal of a sandbox: what ran, on which inputs, with what outcome. */
import type { OpaqueJson, SandboxPatch } from './sandboxes.js';

export type ExecutionKind = 'execute' | 'shell' | 'files';

export type FinalStatus =
  | 'ok'
  | 'error'
  | 'timeout'
  | 'cancelled'
  | 'out-of-memory'
  | 'crashed'
  | 'limit';

/** A file that an execution created, changed or removed. Its content is a blob of the sandbox. */
export interface FileRecord {
  name: string;
  sizeBytes: number;
  mimeType: string;
  /** Lower-case hex; empty for a removed file. */
  sha256: string;
  change: 'created' | 'changed' | 'removed';
  /** True when the content is not kept with the execution. */
  omitted?: true | undefined;
}

/** A file that went into an execution. Its content is a blob of the sandbox. */
export interface InputRecord {
  name: string;
  sizeBytes: number;
  /** Lower-case hex. */
  sha256: string;
}

/** What is known when an execution begins. */
export interface ExecutionStart {
  /** 1 to 256 UTF-16 units, well-formed, without NUL. Unique in its sandbox. */
  id: string;
  kind: ExecutionKind;
  /** SHA-256 of the whole request in lower-case hex: tells a repeated request from another one. */
  requestHash: string;
  /** Well-formed Unicode. */
  code: string;
  /** All that is needed to run it again, beside code and inputs. */
  request: OpaqueJson;
  startTime: number;
}

/** What is known when it has ended. */
export interface ExecutionFinish {
  status: FinalStatus;
  endTime: number;
  outcome: OpaqueJson;
  files: FileRecord[];
  /** None by default. */
  inputs?: InputRecord[] | undefined;
  /** Applied to the sandbox in the same commit, such as its new `expireTime`. */
  sandbox?: SandboxPatch | undefined;
}

/** One line of the journal, without the outcome. */
export interface ExecutionSummary extends ExecutionStart {
  /** Given by the store: 1 or more, greater than that of every entry begun before it. */
  position: number;
  /** `interrupted`: it ran under a lease that another one followed. It has no outcome. */
  status: 'running' | 'interrupted' | FinalStatus;
  endTime: number | undefined;
  files: FileRecord[];
  inputs: InputRecord[];
  /** Rolled back: not part of the sandbox's state any more, and its content may be gone. */
  undone?: true | undefined;
}

export interface ExecutionRecord extends ExecutionSummary {
  /** `null` where there is none. */
  outcome: OpaqueJson;
}

export interface BeginResult {
  /** The new entry, or the one that has this id already. */
  entry: ExecutionRecord;
  created: boolean;
}

/**
 * Every write takes the epoch of the sandbox's lease, and none where nobody holds it. Another one
 * is refused with `LEASE_LOST`, in the same transaction.
 */
export interface JournalStore {
  /**
   * Claims an id: of any number of calls with one id, one gets `created: true` and may run it. An
   * `interrupted` entry begins anew, at a new position, when the request is the same.
   */
  beginExecution(sandboxId: string, start: ExecutionStart, epoch?: number): Promise<BeginResult>;
  /**
   * `NOT_FOUND` when it was not begun, `ALREADY_EXISTS` when it has ended: an end is final. Content
   * of its files and inputs that the sandbox holds is kept as long as the entry stands.
   */
  finishExecution(
    sandboxId: string,
    executionId: string,
    finish: ExecutionFinish,
    epoch?: number,
  ): Promise<void>;
  /**
   * Removes an entry that is still running, as if it had never begun: nothing ran. The id may
   * begin again; its position is not given again. Idempotent. `ALREADY_EXISTS` when the entry has
   * ended.
   */
  abandonExecution(sandboxId: string, executionId: string, epoch?: number): Promise<void>;
  /** Begins and finishes in one commit, for what is journalled once it is done. */
  appendExecution(
    sandboxId: string,
    entry: ExecutionStart & ExecutionFinish,
    epoch?: number,
  ): Promise<BeginResult>;
  getExecution(sandboxId: string, executionId: string): Promise<ExecutionRecord | undefined>;
  /** Oldest first, from the first position greater than `after`. `limit` is 1 to 1,000. */
  listExecutions(
    sandboxId: string,
    query: { after?: number | undefined; limit: number },
  ): Promise<ExecutionSummary[]>;
  /**
   * Puts the journal back to a position. Entries after it are `undone`: their ids stay taken, their
   * results known. Checkpoints after it go, and content that only these pointed to.
   */
  rewindJournal(sandboxId: string, position: number, epoch?: number): Promise<void>;
}
