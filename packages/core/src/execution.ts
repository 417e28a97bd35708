/** One run of one piece of code in a sandbox: what goes in, what comes out. */

/** `limit` goes with `execution.limit`; all but `ok` and `error` say that the code was ended. */
export type ExecutionStatus =
  | 'ok'
  | 'error'
  | 'timeout'
  | 'cancelled'
  | 'out-of-memory'
  | 'crashed'
  | 'limit';

/** A value in several representations, by MIME type. Binary ones are base64, JSON ones values. */
export type MimeBundle = Record<string, unknown>;

/** Content of a file that goes into a sandbox. */
export type FileContent = string | Uint8Array | ArrayBuffer | Blob | ReadableStream<Uint8Array>;

export interface InputFile {
  /** POSIX path in the workspace, such as `in/sales.csv`. */
  name: string;
  content: FileContent;
  mimeType?: string | undefined;
}

/** A file that an execution created, changed or removed. */
export interface OutputFile {
  /**
   * POSIX path in the workspace. A byte that is not UTF-8 is `\xNN`, here and wherever a name goes
   * in; a backslash that would be read as such is `\x5c`.
   */
  name: string;
  sizeBytes: number;
  /** From the name; `application/octet-stream` when it tells nothing. */
  mimeType: string;
  /** Lower-case hex; empty for a removed file. */
  sha256: string;
  change: 'created' | 'changed' | 'removed';
  /** True when the response's 104,857,600 bytes were used up: read it by `stream()`. */
  omitted?: true | undefined;
  /** The content as of this execution. An omitted file is read from the workspace. */
  bytes(): Promise<Uint8Array>;
  stream(): ReadableStream<Uint8Array>;
}

/** One piece of what the code showed, in order. */
export type Output =
  | { type: 'stdout'; text: string }
  | { type: 'stderr'; text: string }
  | { type: 'display'; data: MimeBundle };

/** An exception that the code raised. Text only: nothing of it is ever evaluated. */
export interface ExecutionError {
  name: string;
  message: string;
  /** Shows the code's own lines; no path of the host. */
  traceback: string;
}

/** What the host measured. */
export interface ExecutionUsage {
  wallMs: number;
  cpuMs: number;
  /** Highest memory that was seen while the code ran, shared pages included; 0 when not seen. */
  peakMemoryBytes: number;
}

/** The layers that were in force while the code ran. */
export interface IsolationReport {
  level: 'namespaces' | 'confined' | 'process';
  layers: string[];
  missing: { layer: string; reason: string }[];
  /** Ids of promises that do not hold in full here. */
  weakened: string[];
}

/** Whether the state before this execution was kept while it ran, and why not. */
export interface SavepointReport {
  kind: 'fork' | 'journal' | 'off';
  reason?: string | undefined;
}

/** What a sandbox's memory and files could not be carried over with, and why. */
export interface SurvivalReport {
  /** Variables, parts of them, files and commands. Using a lost variable raises an error. */
  lost: { name: string; type?: string | undefined; reason: string }[];
  /** Executions that ran again and did not come out as recorded, with the variables they name. */
  diverged: { executionId: string; variables: string[]; reason: string }[];
  /** What else the caller should know, such as a checkpoint that could not be used. */
  notes: string[];
}

/** A process that the code left behind; it was ended with the execution. */
export interface LeftoverProcess {
  pid: number;
  command: string;
}

export interface Execution {
  id: string;
  status: ExecutionStatus;
  /** Head and tail, up to `limits.outputBytes`. */
  stdout: string;
  stderr: string;
  /** True when output, displays or the result were cut. */
  truncated: boolean;
  /** Output and displays in the order in which they came. */
  outputs: Output[];
  /** The value of the last expression, when it has one. */
  result: MimeBundle | undefined;
  displays: MimeBundle[];
  error: ExecutionError | undefined;
  /** Which limit ended it, when the status is `limit`. */
  limit: { name: string; value: number } | undefined;
  files: OutputFile[];
  /**
   * True when the sandbox was put back to before this execution: so it is with every status but `ok`
   * and `error`, unless `onFailure: 'keep'` kept what an interrupt ended. What was printed and written so far stays readable here.
   */
  rolledBack: boolean;
  usage: ExecutionUsage;
  isolation: IsolationReport;
  savepoint: SavepointReport;
  /** Set when the sandbox was woken since its last execution and not all of it could be carried. */
  survival: SurvivalReport | undefined;
  /** Processes that the code left running; they ended with it. */
  leftovers: LeftoverProcess[];
}

export interface ExecuteOptions {
  code: string;
  /** Written to the workspace before the code runs; 104,857,600 bytes together, code included. */
  files?: InputFile[] | undefined;
  /** Wall time. Default: the sandbox's `limits.timeoutMs`. When exceeded, status `timeout`. */
  timeoutMs?: number | undefined;
  /** Already aborted: rejects, nothing runs. Aborted later: status `cancelled`. */
  signal?: AbortSignal | undefined;
  /**
   * `'keep'`: when the time limit or the signal interrupts the code and it ends within the grace, memory
   * and files stay as they are then, and a checkpoint of them is taken. Default `'roll-back'`.
   */
  onFailure?: 'roll-back' | 'keep' | undefined;
  /** Names the execution. Sent again with the same request, it returns the recorded result. */
  executionId?: string | undefined;
  onStdout?: ((text: string) => void) | undefined;
  onStderr?: ((text: string) => void) | undefined;
  onDisplay?: ((data: MimeBundle) => void) | undefined;
}
