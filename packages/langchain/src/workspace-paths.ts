/**
 * Paths as a deep agent writes them, and the files of the workspace that they mean.
 *
 * The agent's `/` is the workspace: `/notes.md` is its `notes.md`. A path that commands print
 * means the same file: `/workspace/notes.md`, and at level `confined` one below what `pwd` says.
 */
import { matchesGlob } from 'node:path/posix';
import type { Sandbox } from '@belljar/core';

/** What commands call the workspace wherever a sandbox has mounts of its own. */
const MOUNTED = 'workspace';

/** `''` is the workspace. Undefined for a path that can mean no file: with `..`, or empty. */
export async function workspaceName(sandbox: Sandbox, path: string): Promise<string | undefined> {
  const segments = path.split('/').filter((segment) => segment !== '' && segment !== '.');
  if (path === '' || segments.includes('..')) return undefined;
  const first = segments.indexOf(MOUNTED);
  if (first === 0) return segments.slice(1).join('/');
  if (first < 0) return segments.join('/');
  const folder = (await sandbox.shell('pwd')).stdout.trimEnd().split('/').slice(1);
  const isBelow = folder.every((segment, index) => segments[index] === segment);
  return segments.slice(isBelow ? folder.length : 0).join('/');
}

/** A folder as the agent named it, and as the workspace has it. */
export interface NamedFolder {
  path: string;
  name: string;
}

/** A file in a folder, relative to it; `''` when it is what the folder's path means itself. */
export function relativeTo(folder: NamedFolder, name: string): string {
  if (folder.name === '') return name;
  return name === folder.name ? '' : name.slice(folder.name.length + 1);
}

/** A file in a folder, in the form in which the agent named the folder. */
export function pathIn(folder: NamedFolder, name: string): string {
  const relative = relativeTo(folder, name);
  return relative === '' ? folder.path : `${folder.path.replace(/\/+$/, '')}/${relative}`;
}

/** As the shell's, with `**`; hidden files too, which the platform's own matching leaves out. */
export function matchesPattern(path: string, pattern: string): boolean {
  return matchesGlob(unhidden(path), unhidden(pattern.replace(/^\/+/, '')));
}

/** With another character in place of the dots that hide. */
const unhidden = (path: string): string => path.replace(/(^|\/)\./g, '$1\u2024');
