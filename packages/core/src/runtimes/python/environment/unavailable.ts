import { BelljarError } from '../../../errors.js';

/** Why there is no Python environment: `details.reason` of a `RUNTIME_UNAVAILABLE`. */
export type UnavailableReason =
  /** No interpreter where one was asked for, or none on the path. */
  | 'python-missing'
  /** Not CPython, or older than 3.9. */
  | 'python-unsuitable'
  /** The interpreter has neither pip nor ensurepip. */
  | 'pip-missing'
  /** No package index answered: no network, a wrong proxy, a wrong address. */
  | 'index-unreachable'
  /** The index answered with other bytes than the lock names. */
  | 'hash-mismatch'
  /** The index has no wheel of a package for this Python and platform. */
  | 'no-wheel'
  /** No room, or a quota reached. */
  | 'disk-full'
  /** The folder cannot be written. */
  | 'not-writable'
  /** Installed, but a package does not load: a too old processor or C library. */
  | 'broken-package'
  /** Anything else; `details.output` has pip's last lines. */
  | 'failed';

export interface UnavailableOptions {
  suggestion: string;
  /** The last lines of what failed. */
  output?: readonly string[] | undefined;
  cause?: unknown;
}

export function unavailable(
  reason: UnavailableReason,
  message: string,
  { suggestion, output, cause }: UnavailableOptions,
): BelljarError {
  const details =
    output === undefined ? { reason } : { reason, output: output.slice(-20).map(mask) };
  return new BelljarError('RUNTIME_UNAVAILABLE', message, { suggestion, details, cause });
}

/** Takes user names, passwords and tokens out of addresses. */
function mask(line: string): string {
  return line.replaceAll(/\/\/[^/@\s]+@/g, '//****@');
}
