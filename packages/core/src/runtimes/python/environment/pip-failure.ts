import type { BelljarError } from '../../../errors.js';
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
    suggestion: 'Use CPython 3.9 to 3.14 on x86-64 or arm64, or an environment of your own.',
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
    suggestion: 'Use CPython 3.9 to 3.14 on x86-64 or arm64, or an index that has the package.',
  },
  {
    reason: 'not-writable',
    sign: /Permission denied|Read-only file system/,
    message: 'pip could not write to its folders.',
    suggestion: 'Set XDG_CACHE_HOME to a folder that can be written.',
  },
];

/** What pip's last lines say about why it failed. */
export function pipFailure(lines: readonly string[], exitCode: number | null): BelljarError {
  const text = lines.join('\n');
  const found = diagnoses.find(({ sign }) => sign.test(text));
  const subject = lines
    .map((line) => /requirement ([A-Za-z0-9._-]+==\S+)/.exec(line)?.[1])
    .find(Boolean);
  if (found) {
    const message =
      found.reason === 'no-wheel' && subject ? `${found.message} (${subject})` : found.message;
    return unavailable(found.reason, message, { suggestion: found.suggestion, output: lines });
  }
  const last = lines.findLast((line) => line.startsWith('ERROR')) ?? lines.at(-1) ?? 'no output';
  return unavailable('failed', `pip ended with ${exitCode ?? 'a signal'}: ${last}`, {
    suggestion: 'details.output has its last lines.',
    output: lines,
  });
}
