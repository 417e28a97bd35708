/** From what SQLite and the file system say to what callers are told. */
import { StoreError } from '../../errors.js';

const BUSY = 5;
const LOCKED = 6;
const CORRUPT = 11;
const NOT_A_DATABASE = 26;
const FULL = 13;
/** Extended codes of an input/output error that say that bytes are missing or wrong. */
const DAMAGED = new Set([522, 8458]);

const REASONS: Record<number, string> = {
  3: 'access is denied',
  8: 'it is read-only',
  10: 'reading or writing it failed',
  [FULL]: 'the disk is full',
  14: 'it, or a file beside it, cannot be opened',
};

interface SqliteError extends Error {
  errcode: number;
}

function asSqliteError(error: unknown): SqliteError | undefined {
  const isOne = error instanceof Error && 'errcode' in error && typeof error.errcode === 'number';
  return isOne ? (error as SqliteError) : undefined;
}

/** Another process is writing at this moment. */
export function isBusy(error: unknown): boolean {
  const code = (asSqliteError(error)?.errcode ?? 0) & 0xff;
  return code === BUSY || code === LOCKED;
}

/** What a failed statement means for a caller; what is not SQLite's stays as it is. */
export function explainSqlite(error: unknown, file: string): unknown {
  const cause = asSqliteError(error);
  if (!cause) return error;
  const code = cause.errcode & 0xff;
  if (code === CORRUPT || code === NOT_A_DATABASE || DAMAGED.has(cause.errcode)) {
    return corrupt(file, cause.message, cause);
  }
  if (isBusy(error)) {
    return unavailable(file, 'another process has been writing to it for too long', cause);
  }
  const reason = REASONS[code];
  return reason === undefined ? error : unavailable(file, reason, cause);
}

const FILE_REASONS: Record<string, string> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EROFS: 'its file system is read-only',
  EACCES: 'access is denied',
  EPERM: 'access is denied',
  EIO: 'reading or writing it failed',
  EMFILE: 'too many files are open',
  ENFILE: 'too many files are open',
  ENOENT: 'a folder on the way to it is missing',
  ENOTDIR: 'a part of its path is not a folder',
};

/** The same for a failed call of the file system. */
export function explainFile(error: unknown, file: string): unknown {
  const reason = FILE_REASONS[(error as NodeJS.ErrnoException)?.code ?? ''];
  return reason === undefined ? error : unavailable(file, reason, error);
}

export function unavailable(file: string, reason: string, cause?: unknown): StoreError {
  return new StoreError('STORE_UNAVAILABLE', `The store cannot use '${file}': ${reason}.`, {
    details: { file, reason },
    cause,
  });
}

export function corrupt(file: string, reason: string, cause?: unknown): StoreError {
  return new StoreError('STORE_CORRUPT', `The store's '${file}' is damaged: ${reason}.`, {
    details: { file, reason },
    cause,
  });
}

/** A row, or what it says, is not what was stored: changed, swapped, older or missing. */
export function corruptRow(file: string, sandboxId: string, what: string): StoreError {
  const reason = `${what} of the sandbox '${sandboxId}' is not what was stored`;
  return new StoreError('STORE_CORRUPT', `The store's '${file}' is damaged: ${reason}.`, {
    details: { file, reason, sandboxId },
  });
}
