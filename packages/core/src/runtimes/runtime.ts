/** The contract between the engine and a language's runtime. */
import type {
  ExecutionError,
  ExecutionUsage,
  IsolationReport,
  LeftoverProcess,
  MimeBundle,
  Output,
} from '../execution.js';
import type { SandboxLimits } from '../limits.js';
import type { FileInfo, Language, SpawnedProcess, Variable } from '../sandbox.js';
import type {
  Capture,
  LostValue,
  RestoreOptions,
  SandboxState,
  StateSink,
  StateSource,
} from './sandbox-state.js';

/** Content of a file that a run created or changed, as it was when the run ended. */
export interface ChangedFile {
  name: string;
  change: 'created' | 'changed' | 'removed';
  sizeBytes: number;
  /** Undefined when it was removed, or left out because the response was full. */
  content: Uint8Array | undefined;
  /** Given for what was left out. */
  sha256: string | undefined;
}

/** What a run came to, before the engine gives it an id and keeps it. */
export interface RunOutcome {
  status: 'ok' | 'error' | 'timeout' | 'cancelled' | 'out-of-memory' | 'crashed' | 'limit';
  outputs: Output[];
  truncated: boolean;
  result: MimeBundle | undefined;
  error: ExecutionError | undefined;
  limit: { name: string; value: number } | undefined;
  files: ChangedFile[];
  usage: ExecutionUsage;
  leftovers: LeftoverProcess[];
  exitCode: number | null | undefined;
  /**
   * What the code read of clocks and the like, as opaque text of the code's own process: with it, it
   * runs again as it ran, where `exact` says so. Undefined where the runtime keeps none.
   */
  trace?: { exact: boolean; data: string } | undefined;
  /** Why the memory of the sandbox is gone after this run; undefined when it is still there. */
  memoryLost: string | undefined;
}

export interface RunCallbacks {
  onStdout?: ((text: string) => void) | undefined;
  onStderr?: ((text: string) => void) | undefined;
  onDisplay?: ((data: MimeBundle) => void) | undefined;
}

export interface RunRequest extends RunCallbacks {
  code: string;
  /** What its clock begins with, where the runtime records what is read of it. Default: now. */
  startTimeMs?: number | undefined;
  /** Set when it runs again what is in the journal: the clock starts from then, and `trace` is read back. */
  replay?: { startTimeMs: number; trace?: string | undefined } | undefined;
  timeoutMs: number;
  signal: AbortSignal | undefined;
}

export interface CommandRequest extends RunRequest {
  workingDirectory: string;
  environment: Record<string, string>;
  stdin: Uint8Array;
}

/** The live part of one sandbox. One call at a time, but for `spawn` and what it returned. */
export interface SandboxProcess {
  /** Of its random numbers, in hex: with it a journal runs again as it first ran. */
  readonly seed?: string | undefined;
  /** Resolves when it is gone, with the reason. */
  readonly gone: Promise<string>;
  /** Why its memory went since the last call; undefined while it is there. */
  readonly memoryLost: string | undefined;
  run(request: RunRequest): Promise<RunOutcome>;
  shell(request: CommandRequest): Promise<RunOutcome>;
  spawn(
    command: string,
    folder: string,
    environment: Record<string, string>,
  ): Promise<SpawnedProcess>;
  variables(): Promise<Variable[]>;
  /** `sha256`: of the content, when the engine keeps it: no checkpoint is sent it again. */
  writeFile(name: string, content: Uint8Array, sha256?: string): Promise<void>;
  readFile(name: string, chunk: (data: Uint8Array) => void | Promise<void>): Promise<void>;
  stat(name: string): Promise<FileInfo | null>;
  list(name: string, recursive: boolean): Promise<FileInfo[]>;
  makeDirectory(name: string): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  remove(name: string): Promise<boolean>;
  /** Whether its interpreter has its memory and takes orders: code may have left it without either. */
  answers?(): Promise<boolean>;
  /** Names files whose content the engine keeps as of now, so that no checkpoint is sent it again. */
  remember?(files: readonly { name: string; sizeBytes: number; sha256: string }[]): void;
  /**
   * Keeps its memory as it is until the next run has been journalled. Resolves to why it cannot,
   * or to undefined.
   */
  savepoint?(): Promise<string | undefined>;
  /** What changes from now on belongs to the run that comes next: undone with it. */
  mark?(): Promise<void>;
  /**
   * Undoes its last run: files, and, where code ran in it, memory. Rejects when it cannot; it is of
   * no use then.
   */
  rollBack?(source: StateSource, hasRunCode: boolean): Promise<void>;
  /**
   * Absent where the memory cannot be carried. Of an idle sandbox, one at a time; given up after
   * `timeoutMs`, by default two minutes.
   */
  checkpoint?(sink: StateSink, timeoutMs?: number): Capture;
  /** Of one that was just acquired. Rejects when it cannot be restored; it is of no use then. */
  restore?(state: SandboxState, source: StateSource, options: RestoreOptions): Promise<LostValue[]>;
  /** Ends it and all in it. Resolves when the kernel says so. */
  end(): Promise<void>;
}

export interface Runtime {
  readonly language: Language;
  /** Resolves when sandboxes can be born. Rejects with why they cannot. */
  ready(): Promise<void>;
  isolation(): IsolationReport;
  /** What a checkpoint depends on, such as `cpython-3.11`. Known once it is ready. */
  environment(): string;
  /** A sandbox of its own for one caller; never one that was used before. */
  acquire(limits: SandboxLimits): Promise<SandboxProcess>;
  close(): Promise<void>;
}
