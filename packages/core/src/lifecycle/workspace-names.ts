/**
 * Names of files in a workspace, as a caller gives them.
 *
 * Boundary: what passes here is a relative POSIX path without `..`, NUL or empty parts. The keeper
 * then opens it part by part and follows no link, so nothing rests on this check alone.
 */
import { BelljarError } from '../errors.js';
import { NAME_BYTES, NAME_SEGMENT_BYTES } from '../limits.js';
import { exactName, nameBytes } from '../runtimes/file-names.js';

function refuse(name: unknown, reason: string): never {
  throw new BelljarError('INVALID_ARGUMENT', `The file name ${JSON.stringify(name)} ${reason}.`, {
    suggestion: "Use a path in the workspace, such as 'in/sales.csv'.",
    details: { name },
  });
}

/** Returns the name as the keeper knows it, without a trailing slash. `''` is the workspace where `orWorkspace` is true. */
export function checkName(name: unknown, orWorkspace = false): string {
  if (typeof name !== 'string') return refuse(name, 'is not a string');
  const bare = name.endsWith('/') && name.length > 1 ? name.slice(0, -1) : name;
  if (orWorkspace && (bare === '' || bare === '.')) return '';
  if (bare === '') return refuse(name, 'is empty');
  if (bare.startsWith('/')) return refuse(name, 'is absolute');
  if (bare.includes('\0')) return refuse(name, 'has a NUL character');
  if (!bare.isWellFormed()) return refuse(name, 'has a lone surrogate');
  const exact = exactName(bare);
  for (const segment of exact.split('/')) {
    if (segment === '') return refuse(name, 'has an empty segment');
    if (segment === '.' || segment === '..') return refuse(name, `has a '${segment}' segment`);
    if (nameBytes(segment) > NAME_SEGMENT_BYTES) {
      return refuse(name, `has a segment of more than ${NAME_SEGMENT_BYTES} bytes`);
    }
  }
  if (nameBytes(exact) > NAME_BYTES) refuse(name, `has more than ${NAME_BYTES} bytes`);
  return exact;
}
