/**
 * Every error that Belljar throws on purpose.
 *
 * Guest failure is data (`execution.status`); host failure is one of these. Each names what
 * happened, to what, and what to do next.
 */

/** What went wrong, as a string that never changes. */
export type ErrorCode =
  /** Raised when an argument has the wrong type, or a value that cannot be accepted. Nothing ran. */
  | 'INVALID_ARGUMENT'
  /** Raised when no sandbox has this id or key, or it was deleted, or another owner has it. */
  | 'SANDBOX_NOT_FOUND'
  /** Raised when another live engine runs the sandbox; `details` has pid, host and time left. */
  | 'SANDBOX_HELD'
  /** Raised when the sandbox was stopped with `stop()`; `start()` brings it back. */
  | 'SANDBOX_STOPPED'
  /** Raised when the files of one request are more than 104,857,600 bytes. Nothing ran. */
  | 'FILES_LIMIT'
  /** Raised when an execution id comes again with another request. Nothing ran. */
  | 'EXECUTION_CONFLICT'
  /** Raised when a layer of the jail cannot be had here; names the layer and the way to get it. */
  | 'ISOLATION_UNAVAILABLE'
  /** Raised when a language runtime cannot be started: no interpreter, or it failed. */
  | 'RUNTIME_UNAVAILABLE'
  /** Raised when the engine has no room for more work now. */
  | 'ENGINE_BUSY'
  /** Raised when the engine was closed. */
  | 'ENGINE_CLOSED'
  /** Raised when stored bytes are not what was stored. */
  | 'STORE_CORRUPT'
  /** Raised when the directory cannot be read or written: disk full, read-only, a newer version's. */
  | 'STORE_UNAVAILABLE'
  /** Raised when a key provider refuses to unwrap a sandbox's key. */
  | 'KEY_REFUSED';

export interface BelljarErrorOptions {
  /** What to do next, in a sentence. */
  suggestion?: string | undefined;
  /** Values that a program may want: plain JSON. */
  details?: Record<string, unknown> | undefined;
  cause?: unknown;
}

const marker = Symbol.for('belljar.error');

/** The one error class. `code` tells them apart; `isInstance` also knows another copy of core. */
export class BelljarError extends Error {
  readonly code: ErrorCode;
  readonly suggestion: string | undefined;
  readonly details: Record<string, unknown>;
  readonly [marker] = true;

  constructor(code: ErrorCode, message: string, options: BelljarErrorOptions = {}) {
    const text = options.suggestion ? `${message} ${options.suggestion}` : message;
    super(text, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'BelljarError';
    this.code = code;
    this.suggestion = options.suggestion;
    this.details = options.details ?? {};
  }

  /** True for a `BelljarError` of this or any other copy of `@belljar/core`. */
  static isInstance(value: unknown): value is BelljarError {
    return typeof value === 'object' && value !== null && marker in value;
  }

  toJSON(): Record<string, unknown> {
    return {
      name: this.name,
      code: this.code,
      message: this.message,
      suggestion: this.suggestion,
      details: this.details,
    };
  }
}
