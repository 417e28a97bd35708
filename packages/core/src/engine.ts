/** What an application opens. Owns the runtimes, the jail and the store. */
import type { KeyProvider, Store } from '@belljar/store';
import type { DoctorReport } from './doctor/report.js';
import type { ExecuteOptions, Execution } from './execution.js';
import type { SandboxLimits } from './limits.js';
import type { Language, Sandbox, SandboxInfo, SandboxState } from './sandbox.js';

export type IsolationLevel = 'namespaces' | 'confined' | 'process';

export interface PythonOptions {
  /**
   * Path or name of a CPython 3.9 or newer. Default: `$BELLJAR_PYTHON`, then the environment that
   * `setupPython()` made, then `python3` on the path.
   */
  interpreter?: string | undefined;
  /** Modules that sandboxes are born with. Default: those of numpy, pandas, matplotlib there are. */
  preload?: string[] | undefined;
  /** `'data'` makes the data-science environment at first use. */
  packages?: 'data' | undefined;
  /** Threads of OpenBLAS, OpenMP, MKL, Arrow and polars. Default 1. */
  threads?: number | undefined;
  /** Born, unused sandboxes kept ready. Default 4; 0 for none: Python starts with the first one. */
  poolSize?: number | undefined;
}

export interface JavascriptOptions {
  /**
   * Modules that code finds by `require` and `import`, beside those of Node that are there: the text
   * of each by its name, one CommonJS or ECMAScript module that needs no others. At most 16 MiB.
   * Default none. They are kept in the user's cache folder.
   */
  modules?: Record<string, string> | undefined;
  /** Born, unused sandboxes kept ready, from the first one on. Default 2. */
  poolSize?: number | undefined;
}

export interface EngineWarning {
  code: string;
  message: string;
}

export interface EngineOptions {
  /**
   * Where records, journals and files of executions are kept, for every process that opens it.
   * Without it everything stays in memory. A folder of its own on a local file system.
   */
  directory?: string | undefined;
  /**
   * What a result outlives once it is returned. `'process'` (the default): the end of the process,
   * `kill -9` included. `'power-loss'`: also the end of the machine. Only with `directory`.
   * `'checkpoint'`: as `'process'`, and the memory after it is kept as it is, so that nothing needs
   * to run again; each execution waits for that.
   */
  durability?: 'process' | 'power-loss' | 'checkpoint' | undefined;
  /**
   * Wraps the keys that the directory is sealed with, such as by a key-management service. Default: a
   * key file in the user's configuration folder. Only with `directory`.
   */
  keyProvider?: KeyProvider | undefined;
  /** Names where its sandboxes are kept: those of another name neither run here nor are copied. */
  location?: string | undefined;
  /** A store of the caller's own, in place of `directory`. Default: in memory. */
  store?: Store | undefined;
  python?: PythonOptions | undefined;
  javascript?: JavascriptOptions | undefined;
  /** Limits of each sandbox that does not ask for others. */
  limits?: Partial<SandboxLimits> | undefined;
  /**
   * Below it no runtime is started; each runs at the best level that can be had. Default `'confined'`:
   * docs/isolation.md. `'process'` is for developing: where there is no jail (macOS, no python3),
   * JavaScript runs without one. Python never runs below `'confined'`.
   */
  minimumIsolation?: IsolationLevel | undefined;
  /** Longest time to live, in ms, and the default of each sandbox. Default 14 days. */
  maxTtlMs?: number | undefined;
  /** A sandbox that is not used for so long leaves memory; any call wakes it. Default 15 minutes. */
  idleTimeoutMs?: number | undefined;
  /** Memory of all sandboxes; beyond it the longest idle leave it. Default: half the machine's. */
  memoryBudgetBytes?: number | undefined;
  /**
   * Executions at the same time over all sandboxes; more wait in line, each sandbox with one at a time.
   * Default: two for each core.
   */
  maxConcurrentExecutions?: number | undefined;
  /**
   * Executions that wait, over all sandboxes. Beyond it a sandbox that has more than its part of the
   * line is refused with `ENGINE_BUSY`, whose `details.retryAfterMs` says when to try again. Default 1,000.
   */
  maxQueuedExecutions?: number | undefined;
  /** Told once for each thing that is weaker than it could be. Default: `process.emitWarning`. */
  onWarning?: ((warning: EngineWarning) => void) | undefined;
}

export interface CreateSandboxOptions {
  language?: Language | undefined;
  displayName?: string | undefined;
  labels?: Record<string, string> | undefined;
  /** Time to live after the last use, in ms. Default and most: `maxTtlMs`; more is refused. */
  ttlMs?: number | undefined;
  limits?: Partial<SandboxLimits> | undefined;
  /**
   * Whether its memory is kept by a fork after each execution, so that one that fails is undone within
   * milliseconds. Default true. Without, it is undone too, from the last checkpoint and the journal.
   */
  savepoints?: boolean | undefined;
  /** Id of a snapshot: the sandbox begins as that is, with its language, limits, name and labels. */
  snapshot?: string | undefined;
}

export interface ForkOptions {
  /**
   * `'fresh'` (the default): `random`, numpy's global generator and all that draws from the kernel
   * begin anew. `'same'`: seeded streams go on as in the source, to compare two continuations.
   */
  random?: 'same' | 'fresh' | undefined;
  /** Default: the source's, as are the labels and the time to live. */
  displayName?: string | undefined;
  labels?: Record<string, string> | undefined;
  /** After the last use, in ms. At most `maxTtlMs`. */
  ttlMs?: number | undefined;
}

export interface SnapshotOptions {
  /** Default: the sandbox's. */
  displayName?: string | undefined;
  /** Time to live from now on, in ms. Default and most: `maxTtlMs`. */
  ttlMs?: number | undefined;
}

/** A state of a sandbox that is kept, listed and deleted like sandboxes. Times are ISO strings. */
export interface SnapshotInfo {
  id: string;
  owner: string;
  displayName: string;
  language: Language;
  labels: Record<string, string>;
  limits: SandboxLimits;
  createTime: string;
  expireTime: string;
}

export interface ListSnapshotsOptions {
  owner?: string | undefined;
  /** Default 100, at most 1,000. */
  pageSize?: number | undefined;
  pageToken?: string | undefined;
}

export interface OpenSandboxOptions extends Omit<CreateSandboxOptions, 'snapshot'> {
  /** The caller's own name for it, such as a conversation's id. One sandbox a key and owner. */
  key: string;
}

export interface GetSandboxOptions {
  /**
   * Asks the engine that runs the sandbox to let go of it, and waits for that: at once where it is
   * idle there; `SANDBOX_HELD` where it is busy for 5 s more. Default false.
   */
  takeOver?: boolean | undefined;
}

export interface ListSandboxesOptions {
  state?: SandboxState | undefined;
  language?: Language | undefined;
  owner?: string | undefined;
  /** All of these labels with these values. */
  labels?: Record<string, string> | undefined;
  /** Default 100, at most 1,000. */
  pageSize?: number | undefined;
  pageToken?: string | undefined;
}

export interface RunOptions extends Omit<ExecuteOptions, 'executionId'> {
  language?: Language | undefined;
  limits?: Partial<SandboxLimits> | undefined;
}

export interface Engine extends AsyncDisposable {
  createSandbox(options?: CreateSandboxOptions): Promise<Sandbox>;
  /** Gets the sandbox of this key, or creates it. */
  openSandbox(options: OpenSandboxOptions): Promise<Sandbox>;
  getSandbox(id: string, options?: GetSandboxOptions): Promise<Sandbox>;
  listSandboxes(options?: ListSandboxesOptions): Promise<{
    sandboxes: SandboxInfo[];
    nextPageToken: string | undefined;
  }>;
  /** Ends it and destroys every byte of it. */
  deleteSandbox(id: string): Promise<void>;
  listSnapshots(options?: ListSnapshotsOptions): Promise<{
    snapshots: SnapshotInfo[];
    nextPageToken: string | undefined;
  }>;
  /** Sandboxes that began as it is live on. */
  deleteSnapshot(id: string): Promise<void>;
  /** One shot in a sandbox of its own that leaves nothing. Its files' content stays readable. */
  run(options: RunOptions): Promise<Execution>;
  /**
   * The sandbox as one sealed stream, with its journal. It waits until the stream is read to its end
   * or cancelled. Who opens it needs the key that the key provider wraps with.
   */
  exportSandbox(id: string): Promise<ReadableStream<Uint8Array>>;
  /**
   * A sandbox of its own, this engine's default owner's, as the stream has it. `STORE_CORRUPT` when
   * a byte is wrong, `KEY_REFUSED` without its key: nothing of it is left then.
   */
  importSandbox(stream: ReadableStream<Uint8Array>): Promise<Sandbox>;
  /** The same engine for one owner: it sees no other's sandboxes. */
  as(owner: string): Engine;
  /**
   * What this machine can enforce, tried and not guessed, with the way to get what is missing. Starts
   * no sandbox; takes less than a second.
   */
  doctor(): Promise<DoctorReport>;
  /**
   * Takes checkpoints, for at most 30 s, and ends all sandboxes' processes. What runs is ended and is
   * as if it had not begun. Idempotent.
   */
  close(): Promise<void>;
}
