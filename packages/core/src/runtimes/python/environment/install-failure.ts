import type { BelljarError } from '../../../errors.js';
import type { ChildResult } from './child.js';
import { type UnavailableReason, unavailable } from './unavailable.js';

interface Diagnosis {
  reason: UnavailableReason;
  sign: RegExp;
  message: string;
  suggestion: string;
}

/** In order: an earlier sign explains the later ones. */
const diagnoses: Diagnosis[] = [
  {
    reason: 'disk-full',
    sign: /No space left on device|Disk quota exceeded|\[Errno (28|122)\]/,
    message:
      'The disk is full: the Python packages take about 700 MB, and half of that again on the way.',
    suggestion: 'Make room, or set XDG_CACHE_HOME and TMPDIR to a disk that has it.',
  },
  {
    reason: 'hash-mismatch',
    sign: /DO NOT MATCH THE HASHES|HashMismatch/i,
    message: 'The package index sent other bytes than the lock file names; nothing was installed.',
    suggestion: 'Check the index, mirror or proxy that pip uses (`pip config list`).',
  },
  {
    // The index was there and listed other versions, or wheels of other platforms.
    reason: 'no-wheel',
    sign: /\(from versions: (?!none\))|is not a supported wheel on this platform/,
    message: 'The package index has no wheel of a locked package for this Python and platform.',
    suggestion:
      'Use CPython 3.9 to 3.14 on x86-64 or arm64 with glibc, or an environment of your own.',
  },
  {
    reason: 'index-unreachable',
    sign: new RegExp(
      [
        'Retrying \\(Retry\\(',
        'NewConnectionError',
        'Could not fetch URL',
        'ConnectTimeout',
        'Read timed out',
        'ConnectionResetError',
        'Connection broken',
        'Connection refused',
        'Temporary failure in name resolution',
        'ProxyError',
        'CERTIFICATE_VERIFY_FAILED',
        'SSLError',
        'HTTP error [45]\\d\\d',
        '[45]\\d\\d (Client|Server) Error',
        'incomplete-download',
      ].join('|'),
    ),
    message: 'No package index can be reached.',
    suggestion: 'Check the network, or name an index that answers: PIP_INDEX_URL, `pip config`.',
  },
  {
    reason: 'no-wheel',
    sign: /No matching distribution found|Could not find a version that satisfies/,
    message: 'The package index has no wheel of a locked package for this Python and platform.',
    suggestion: 'Use CPython 3.9 to 3.14 on x86-64 or arm64 with glibc, or an index that has it.',
  },
  {
    reason: 'not-writable',
    sign: /Permission denied|Read-only file system/,
    message: 'The folder of the Python environments cannot be written.',
    suggestion: 'Set XDG_CACHE_HOME, or the option directory, to one that can.',
  },
];

/** What the last lines of pip, or of a program after it, say about why it failed. */
export function installFailure(program: string, { lines, exitCode }: ChildResult): BelljarError {
  const text = lines.join('\n');
  const found = diagnoses.find(({ sign }) => sign.test(text));
  if (found) {
    const { reason, message, suggestion } = found;
    const wanted = /requirement ([A-Za-z0-9._-]+==[^\s;]+)/.exec(text)?.[1];
    const named =
      reason === 'no-wheel' && wanted ? message.replace('a locked package', wanted) : message;
    return unavailable(reason, named, { suggestion, output: lines });
  }
  const last = lines.findLast((line) => line.startsWith('ERROR')) ?? lines.at(-1) ?? 'no output';
  return unavailable('failed', `${program} ended with ${exitCode ?? 'a signal'}: ${last}`, {
    suggestion: 'details.output has its last lines.',
    output: lines,
  });
}

/** A failed call to the file system, as what it means for an environment; others unchanged. */
export function fileFailure(error: unknown): unknown {
  const { code } = error as NodeJS.ErrnoException;
  const sign = { ENOSPC: '[Errno 28]', EDQUOT: '[Errno 122]' }[code ?? ''];
  const found = diagnoses.find((diagnosis) =>
    sign ? diagnosis.sign.test(sign) : deniedCodes.has(code) && diagnosis.reason === 'not-writable',
  );
  if (!found) return error;
  const { reason, message, suggestion } = found;
  return unavailable(reason, message, { suggestion, cause: error });
}

const deniedCodes = new Set<string | undefined>(['EACCES', 'EPERM', 'EROFS', 'ENOTDIR']);
