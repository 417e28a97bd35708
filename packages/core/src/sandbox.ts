/** One private computer: a language, a workspace of files, an interpreter with its memory. */

import type { ForkOptions, SnapshotInfo, SnapshotOptions } from './engine.js';
import type {
  ExecuteOptions,
  Execution,
  ExecutionError,
  ExecutionUsage,
  FileContent,
  OutputFile,
  SurvivalReport,
} from './execution.js';
import type { SandboxLimits } from './limits.js';

export type Language = 'python' | 'javascript';

export type SandboxState = 'running' | 'stopped' | 'failed' | 'deleting';

/** What is known of a sandbox without waking it. Times are ISO strings. */
export interface SandboxInfo {
  id: string;
  owner: string;
  displayName: string;
  language: Language;
  labels: Record<string, string>;
  state: SandboxState;
  /** True while its process is in memory. */
  resident: boolean;
  limits: SandboxLimits;
  createTime: string;
  updateTime: string;
  expireTime: string;
  survival: SurvivalReport | undefined;
}

export interface ShellOptions {
  timeoutMs?: number | undefined;
  signal?: AbortSignal | undefined;
  /** Folder in the workspace. Default: the workspace. */
  workingDirectory?: string | undefined;
  /** Variables beside the sandbox's own. */
  environment?: Record<string, string> | undefined;
  /** Sent to the command's standard input. */
  stdin?: string | Uint8Array | undefined;
  executionId?: string | undefined;
  onStdout?: ((text: string) => void) | undefined;
  onStderr?: ((text: string) => void) | undefined;
}

/** What a shell command did: an execution with an exit code (128 + n when signal n ended it). */
export interface ShellResult extends Execution {
  exitCode: number | null;
}

export interface SpawnOptions {
  workingDirectory?: string | undefined;
  environment?: Record<string, string> | undefined;
  signal?: AbortSignal | undefined;
}

/** A command that runs beside the executions until it ends or is killed. */
export interface SpawnedProcess {
  /** Its process id as the sandbox sees it. */
  pid: number;
  stdin: WritableStream<Uint8Array>;
  stdout: ReadableStream<Uint8Array>;
  stderr: ReadableStream<Uint8Array>;
  wait(): Promise<{ exitCode: number | null; signal: number | null }>;
  /** Ends it and what it started. Idempotent. */
  kill(): Promise<void>;
}

export type FileType = 'file' | 'directory' | 'symlink' | 'fifo' | 'socket' | 'device' | 'other';

export interface FileInfo {
  name: string;
  type: FileType;
  sizeBytes: number;
  modifyTime: string;
}

/**
 * The workspace's files. Paths are POSIX paths in the workspace. Symbolic links are shown and
 * never followed; only regular files are read. Calls run in order with the executions.
 */
export interface SandboxFiles {
  /** Writes a file, makes its folders, replaces what was there. */
  write(name: string, content: FileContent): Promise<void>;
  read(name: string): Promise<Uint8Array>;
  readStream(name: string): ReadableStream<Uint8Array>;
  /** Resolves to `null` when nothing is there. */
  stat(name: string): Promise<FileInfo | null>;
  /** What is in a folder, sorted by name. Default: the workspace. */
  list(name?: string, options?: { recursive?: boolean | undefined }): Promise<FileInfo[]>;
  makeDirectory(name: string): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  /** Removes a file, or a folder with what is in it. False when nothing was there. */
  remove(name: string): Promise<boolean>;
}

export interface Variable {
  name: string;
  /** The type's name, with its module unless it is built in. */
  type: string;
  sizeBytes: number;
  /** A short form of the value, cut to 200 characters. */
  preview: string;
  /**
   * When asked for, and where the runtime has it: another string once the name is bound to another
   * value, or an item or attribute of the value is. Tells two lists of one process apart.
   */
  identity?: string | undefined;
}

export interface ExecutionEntry {
  id: string;
  /** `files`: a change that a caller made by `sandbox.files`; `code` says which. */
  kind: 'execute' | 'shell' | 'files';
  code: string;
  /** `interrupted`: its engine died meanwhile. It has no result, and its id may run again. */
  status: Execution['status'] | 'interrupted';
  startTime: string;
  endTime: string;
  files: Pick<OutputFile, 'name' | 'sizeBytes' | 'mimeType' | 'sha256' | 'change'>[];
  usage: ExecutionUsage | undefined;
  error: ExecutionError | undefined;
  /** The last expression's value as text. */
  result: string | undefined;
  /** Rolled back: not part of the sandbox's state any more. */
  undone?: true | undefined;
}

export interface Sandbox extends AsyncDisposable {
  readonly id: string;
  /** As of the last answer of the engine. */
  readonly info: SandboxInfo;
  readonly files: SandboxFiles;
  /** Runs code. Executions of a sandbox run one after the other, in the order of the calls. */
  execute(options: ExecuteOptions | string): Promise<Execution>;
  /** Runs a command line with `/bin/sh` in the workspace. Python sandboxes only. */
  shell(command: string, options?: ShellOptions): Promise<ShellResult>;
  /** Starts a command that goes on beside the executions. Python sandboxes only. */
  spawn(command: string, options?: SpawnOptions): Promise<SpawnedProcess>;
  /** The global names that the code made, sorted. `identity`: with `Variable.identity`. */
  variables(options?: { identity?: boolean | undefined }): Promise<Variable[]>;
  /** The journal, oldest first. */
  executions(options?: {
    limit?: number | undefined;
    after?: string | undefined;
  }): AsyncIterable<ExecutionEntry>;
  /** As `hibernate`; calls are refused with `SANDBOX_STOPPED` until `start()`. */
  stop(): Promise<void>;
  start(): Promise<void>;
  /**
   * Keeps memory and files in the store, ends the processes and lets other engines run the sandbox.
   * Any call wakes it. Commands of `spawn()` end and are named in the next `survival`.
   */
  hibernate(): Promise<void>;
  /**
   * A new sandbox with the same memory and files, and a journal, id and time to live of its own.
   * Content is shared, not copied. `RUNTIME_UNAVAILABLE` where memory cannot be copied (JavaScript
   * at level `process`), also of `snapshot`.
   */
  fork(options?: ForkOptions): Promise<Sandbox>;
  /**
   * Puts the sandbox back to just after that execution. What came later is `undone` in the journal;
   * its ids stay taken and return the recorded results. `INVALID_ARGUMENT` for an execution that is
   * not part of the sandbox's state.
   */
  rollback(executionId: string): Promise<void>;
  /** Keeps this state, from which `createSandbox({ snapshot: id })` begins new sandboxes. */
  snapshot(options?: SnapshotOptions): Promise<SnapshotInfo>;
}
