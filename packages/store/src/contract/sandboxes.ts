/** Records of sandboxes and snapshots. */

/** A JSON value that the store keeps and never looks into. At most 200 levels of nesting. */
export type OpaqueJson = unknown;

export type SandboxLanguage = 'python' | 'javascript';

/** A snapshot is a kept state: it never runs, and new sandboxes start from it. */
export type SandboxKind = 'sandbox' | 'snapshot';

export type SandboxState = 'running' | 'stopped' | 'failed' | 'deleting';

export interface SandboxRecord {
  /** 1 to 128 of `A-Z a-z 0-9 . _ -`. */
  id: string;
  kind: SandboxKind;
  /** Well-formed Unicode without NUL, as are key, display name and labels. */
  owner: string;
  /** The caller's own name for it: one sandbox per owner and key. */
  key?: string | undefined;
  displayName: string;
  language: SandboxLanguage;
  labels: Record<string, string>;
  state: SandboxState;
  limits: OpaqueJson;
  /** The name of the store that keeps its bytes, where an engine has several. */
  location?: string | undefined;
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
  /** `'sandbox'` by default. */
  kind?: SandboxKind | undefined;
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
  /**
   * Sets state `deleting`, then removes the sandbox and all it owns. Idempotent. `what` is for the
   * audit log: `'delete'` by default.
   */
  deleteSandbox(id: string, what?: 'delete' | 'expire'): Promise<void>;
  /** Those with `expireTime` not after `now`, in whatever state, longest expired first. */
  expiredSandboxes(now: number, limit: number): Promise<SandboxRecord[]>;
}
