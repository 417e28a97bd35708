/**
 * From a path of the guest to one of the host.
 *
 * Boundary: the guest's paths are hostile. A path is resolved below the workspace by its text; each
 * folder on the way is looked at, and must be a folder and no link. The jail is what keeps the
 * process in; this is the second wall.
 */
import { lstatSync, type Stats } from 'node:fs';
import { join, posix } from 'node:path';
import { FileError } from './file-error.js';

const WORKSPACE = '/workspace';
const LONGEST_BYTES = 4_096;

export interface HostPath {
  /** Of the host. */
  path: string;
  /** Undefined where nothing is. */
  status: Stats | undefined;
  /** Below the workspace; empty for the workspace itself. */
  name: string;
}

function look(path: string): Stats | undefined {
  const status = lstatSync(path, { throwIfNoEntry: false });
  // The code cannot make links: what is one came from elsewhere, and leads there.
  if (status?.isSymbolicLink()) throw new FileError('ENOENT');
  return status;
}

/** Below the workspace; empty for the workspace itself. */
function nameOf(given: unknown): string {
  if (typeof given !== 'string' || given.includes('\0')) throw new FileError('EINVAL');
  if (Buffer.byteLength(given) > LONGEST_BYTES) throw new FileError('ENAMETOOLONG');
  if (given === '') throw new FileError('ENOENT');
  const whole = posix.resolve(WORKSPACE, given);
  if (whole !== WORKSPACE && !whole.startsWith(`${WORKSPACE}/`)) {
    throw new FileError('ENOENT', ` (a sandbox has the files of ${WORKSPACE} only)`);
  }
  return whole.slice(WORKSPACE.length + 1);
}

/** The path's folders from the outermost in, and itself. */
export function namesOnTheWay(given: unknown): string[] {
  const parts = nameOf(given).split('/');
  return parts.map((_part, index) => parts.slice(0, index + 1).join('/'));
}

export function resolvePath(folder: string, given: unknown): HostPath {
  const name = nameOf(given);
  const parts = name === '' ? [] : name.split('/');
  let path = folder;
  for (const part of parts.slice(0, -1)) {
    path = join(path, part);
    const status = look(path);
    if (!status) throw new FileError('ENOENT');
    if (!status.isDirectory()) throw new FileError('ENOTDIR');
  }
  path = join(path, parts.at(-1) ?? '');
  return { path, status: look(path), name };
}

export const guestPath = (name: string): string => posix.join(WORKSPACE, name);
