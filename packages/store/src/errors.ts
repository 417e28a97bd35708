/** The one error that stores throw on purpose. */

/** What went wrong, as a string that never changes. */
export type StoreErrorCode =
  /** Raised when stored bytes are not what was stored. */
  | 'STORE_CORRUPT'
  /** Raised by every call after `close()`. */
  | 'STORE_CLOSED'
  /** Raised when files cannot be read or written, or are a newer version's; `details` names them. */
  | 'STORE_UNAVAILABLE'
  /** Raised when a write names a sandbox or an execution that is not there. */
  | 'NOT_FOUND'
  /** Raised when an id or a key is taken, or an execution has ended already. */
  | 'ALREADY_EXISTS'
  /** Raised when a journal write does not come from the sandbox's lease. Nothing was changed. */
  | 'LEASE_LOST'
  /** Raised when the key provider, or its key, does not open what is stored. Nothing was changed. */
  | 'KEY_REFUSED'
  /** Raised when an argument cannot be stored as it is. Nothing was changed. */
  | 'INVALID_ARGUMENT';

export interface StoreErrorOptions {
  /** Values that a program may want: plain JSON. */
  details?: Record<string, unknown> | undefined;
  cause?: unknown;
}

const marker = Symbol.for('belljar.store-error');

/** `code` tells them apart; `isInstance` also knows another copy of this package. */
export class StoreError extends Error {
  readonly code: StoreErrorCode;
  readonly details: Record<string, unknown>;
  readonly [marker] = true;

  constructor(code: StoreErrorCode, message: string, options: StoreErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'StoreError';
    this.code = code;
    this.details = options.details ?? {};
  }

  /** True for a `StoreError` of this or any other copy of `@belljar/store`. */
  static isInstance(value: unknown): value is StoreError {
    return typeof value === 'object' && value !== null && marker in value;
  }
}
