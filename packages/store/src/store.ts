/**
 * The contract of every store. A driver is a function `createXStore(options): Store`.
 *
 * Rules that hold for each method:
 * - Values are copied on the way in and on the way out: no caller can change what is stored. The
 *   one exception is the content given to `putBlob`.
 * - A write is atomic, over processes too where `capabilities.durable` is true, and is committed
 *   when its promise resolves.
 * - Reading what is not there gives `undefined` or an empty list. Writing to a sandbox that is not
 *   there, or whose state is `deleting`, is refused with `NOT_FOUND`.
 * - A bad argument is refused with `INVALID_ARGUMENT` and changes nothing; after `close()` every
 *   call is refused with `STORE_CLOSED`.
 * - Times are epoch milliseconds, whole and not negative. The store has no clock of its own: what
 *   depends on the time takes `now`.
 */

/** A JSON value that the store keeps and never looks into. At most 200 levels of nesting. */
export type OpaqueJson = unknown;

export type SandboxLanguage = 'python' | 'javascript';

export type SandboxState = 'running' | 'stopped' | 'failed' | 'deleting';

export interface SandboxRecord {
  /** 1 to 128 of `A-Z a-z 0-9 . _ -`. */
  id: string;
  /** Well-formed Unicode without NUL, as are key, display name and labels. */
  owner: string;
  /** The caller's own name for it: one sandbox per owner and key. */
  key?: string | undefined;
  displayName: string;
  language: SandboxLanguage;
  labels: Record<string, string>;
  state: SandboxState;
  limits: OpaqueJson;
  createTime: number;
  updateTime: number;
  /** From this moment on the sandbox counts as gone; `expiredSandboxes` names it. */
  expireTime: number;
  /** What could not be carried over; `null` when there is nothing to say. */
  survival: OpaqueJson;
}

/** What of a sandbox may change. A property that is left out or `undefined` stays as it is. */
export type SandboxPatch = Partial<
  Pick<
    SandboxRecord,
    'displayName' | 'labels' | 'state' | 'limits' | 'updateTime' | 'expireTime' | 'survival'
  >
>;

export interface ListSandboxesQuery {
  owner?: string | undefined;
  state?: SandboxState | undefined;
  language?: SandboxLanguage | undefined;
  /** All of these labels with these values. */
  labels?: Record<string, string> | undefined;
  /** 1 to 1,000. */
  pageSize: number;
  /** `nextPageToken` of the page before. */
  pageToken?: string | undefined;
  /** Sandboxes whose `expireTime` is not after it are left out. */
  now: number;
}

export interface SandboxPage {
  sandboxes: SandboxRecord[];
  /** Undefined when there was nothing more. */
  nextPageToken: string | undefined;
}

export interface SandboxStore {
  /**
   * Adds a sandbox. `ALREADY_EXISTS` when its id is taken, or its key by a sandbox of this owner
   * that has not expired by the new one's `createTime`.
   */
  createSandbox(record: SandboxRecord): Promise<void>;
  /**
   * Gets the sandbox of this owner and key, or adds the one that `makeRecord` returns. Of any
   * number of calls at once, in any number of processes, one creates. A sandbox that has expired
   * by `now` or is being deleted has lost its key. `makeRecord` is called only when a record is
   * needed, inside the store's transaction: it must be quick and not call the store.
   */
  openSandbox(
    owner: string,
    key: string,
    makeRecord: () => SandboxRecord,
    now: number,
  ): Promise<{ record: SandboxRecord; created: boolean }>;
  /** Gives the record also when it has expired or is being deleted, until it is gone. */
  getSandbox(id: string): Promise<SandboxRecord | undefined>;
  /** State `deleting` is final, frees the key and may be set again. Resolves to the new record. */
  updateSandbox(id: string, patch: SandboxPatch): Promise<SandboxRecord>;
  /**
   * One page, ordered by `createTime`, then id. Rows that come or go between pages make no other
   * row appear twice or be left out.
   */
  listSandboxes(query: ListSandboxesQuery): Promise<SandboxPage>;
  /** Sets state `deleting`, then removes the sandbox and all it owns. Idempotent. */
  deleteSandbox(id: string): Promise<void>;
  /** Those with `expireTime` not after `now`, in whatever state, longest expired first. */
  expiredSandboxes(now: number, limit: number): Promise<SandboxRecord[]>;
}

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

/** What is known when an execution begins. */
export interface ExecutionStart {
  /** 1 to 256 UTF-16 units, well-formed, without NUL. Unique in its sandbox. */
  id: string;
  kind: ExecutionKind;
  /** SHA-256 of the whole request in lower-case hex: tells a repeated request from another one. */
  requestHash: string;
  /** Well-formed Unicode. */
  code: string;
  startTime: number;
}

/** What is known when it has ended. */
export interface ExecutionFinish {
  status: FinalStatus;
  endTime: number;
  outcome: OpaqueJson;
  files: FileRecord[];
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
  /** `NOT_FOUND` when it was not begun, `ALREADY_EXISTS` when it has ended: an end is final. */
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
}

/** One engine of one process. */
export interface LeaseOwner {
  /** Of this engine alone. */
  id: string;
  pid: number;
  /** Tells the process from a later one with its pid; empty when not known. */
  processStart: string;
  host: string;
  /** Names what pids are counted in, such as a boot and a PID namespace. */
  machine: string;
}

/** Who may run a sandbox. */
export interface Lease {
  sandboxId: string;
  owner: LeaseOwner;
  /** 1 for the first; each that follows has a greater one. */
  epoch: number;
  expireTime: number;
  /** Given back by its owner: nobody holds the sandbox. */
  released: boolean;
}

export interface LeaseRequest {
  owner: LeaseOwner;
  now: number;
  expireTime: number;
  /**
   * True when this owner's process is known to have ended. Called inside the store's transaction:
   * it must be quick and not call the store.
   */
  isGone(owner: LeaseOwner): boolean;
}

export interface LeaseResult {
  /** The asker's lease, or the one that stands in its way. */
  lease: Lease;
  acquired: boolean;
  /** The lease that this one followed. */
  previous: Lease | undefined;
}

export interface LeaseStore {
  /**
   * Gets the sandbox's lease. An owner that has it keeps its epoch, with the new `expireTime`.
   * Another owner's that was not released stands in the way until it expires by `now` or its owner
   * is gone. With a new epoch, entries that still run become `interrupted` in the same commit.
   */
  acquireLease(sandboxId: string, request: LeaseRequest): Promise<LeaseResult>;
  /** The newest lease, released or not. */
  getLease(sandboxId: string): Promise<Lease | undefined>;
  /** Renews all that the owner holds, and resolves to the ids of their sandboxes. */
  renewLeases(ownerId: string, expireTime: number): Promise<string[]>;
  /** Gives a lease back. Nothing happens when the epoch is not the newest one's. */
  releaseLease(sandboxId: string, epoch: number): Promise<void>;
}

/**
 * Content, addressed by its SHA-256 and held by sandboxes. A sandbox reads only what was put for
 * it. Content that several sandboxes hold is kept once and goes with the last of them.
 */
export interface BlobStore {
  /**
   * Keeps content for a sandbox and resolves to its SHA-256 in lower-case hex. The store computes
   * the hash, so that knowing one opens nothing. Content that the sandbox holds is not kept twice.
   * It must not change afterwards: a store may keep these very bytes.
   */
  putBlob(sandboxId: string, content: Uint8Array): Promise<string>;
  getBlob(sandboxId: string, sha256: string): Promise<Uint8Array | undefined>;
  /** The content in pieces of 64 KiB or less. */
  openBlob(sandboxId: string, sha256: string): Promise<ReadableStream<Uint8Array> | undefined>;
}

export interface StoreCapabilities {
  /** What is stored outlives the process. */
  durable: boolean;
}

/** What the store keeps now. All zero once every sandbox is deleted. */
export interface StoreStatistics {
  sandboxes: number;
  executions: number;
  blobs: number;
  /** Content that several sandboxes hold counts once. */
  blobBytes: number;
}

export interface Store extends SandboxStore, JournalStore, LeaseStore, BlobStore, AsyncDisposable {
  /** Declared by the driver, also readable after `close()`. */
  readonly capabilities: Readonly<StoreCapabilities>;
  statistics(): Promise<StoreStatistics>;
  /** Idempotent. */
  close(): Promise<void>;
}
