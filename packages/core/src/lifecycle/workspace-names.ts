/**
 * Names of files in a workspace, as a caller gives them.
 *
 * Boundary: what passes here is a relative POSIX path without `..`, NUL or empty parts. The keeper
 * then opens it part by part and follows no link, so nothing rests on this check alone.
 */
import { BelljarError } from '../errors.js';
import { NAME_BYTES, NAME_SEGMENT_BYTES } from '../limits.js';

const LONE_SURROGATE = /[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g;

function refuse(name: unknown, reason: string): never {
  throw new BelljarError('INVALID_ARGUMENT', `The file name ${JSON.stringify(name)} ${reason}.`, {
    suggestion: "Use a path in the workspace, such as 'in/sales.csv'.",
    details: { name },
  });
}

/** U+DC80 to U+DCFF alone stand for bytes that are not UTF-8, as results name such files. */
function checkSurrogates(name: string): void {
  for (const [found] of name.matchAll(LONE_SURROGATE)) {
    const code = found.charCodeAt(0);
    if (code < 0xdc80 || code > 0xdcff) refuse(name, 'has a lone surrogate');
  }
}

/** Returns the name without a trailing slash. `''` is the workspace where `orWorkspace` is true. */
export function checkName(name: unknown, orWorkspace = false): string {
  if (typeof name !== 'string') return refuse(name, 'is not a string');
  const bare = name.endsWith('/') && name.length > 1 ? name.slice(0, -1) : name;
  if (orWorkspace && (bare === '' || bare === '.')) return '';
  if (bare === '') return refuse(name, 'is empty');
  if (bare.startsWith('/')) return refuse(name, 'is absolute');
  if (bare.includes('\0')) return refuse(name, 'has a NUL character');
  checkSurrogates(bare);
  for (const segment of bare.split('/')) {
    if (segment === '') return refuse(name, 'has an empty segment');
    if (segment === '.' || segment === '..') return refuse(name, `has a '${segment}' segment`);
    if (Buffer.byteLength(segment) > NAME_SEGMENT_BYTES) {
      return refuse(name, `has a segment of more than ${NAME_SEGMENT_BYTES} bytes`);
    }
  }
  if (Buffer.byteLength(bare) > NAME_BYTES) refuse(name, `has more than ${NAME_BYTES} bytes`);
  return bare;
}
