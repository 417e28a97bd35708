/**
 * `fs` for the code: the workspace, under relative paths and below `/workspace`.
 *
 * Node is given paths relative to the workspace, which is this process's folder: its errors then
 * name no path of the machine. Node's permission model is what keeps the process in.
 */
import node from 'node:fs';
import { posix } from 'node:path';
import { callbackify } from 'node:util';
import type { Quota } from './quota.js';
import type { Work } from './work.js';

export const WORKSPACE = '/workspace';

export type WorkspaceFs = Record<string, unknown> & { promises: Record<string, unknown> };

type Operation = (...given: never[]) => unknown;

function outside(path: string, operation: string): Error {
  const text = `ENOENT: no such file or directory, ${operation} '${path}'`;
  const error = new Error(`${text} (a sandbox has the files of ${WORKSPACE} only)`);
  return Object.assign(error, { code: 'ENOENT', errno: -2, syscall: operation, path });
}

/** A path of the code, as Node takes it. */
function inWorkspace(path: unknown, operation: string): string {
  if (path instanceof URL) return inWorkspace(decodeURIComponent(path.pathname), operation);
  const text = Buffer.isBuffer(path) ? path.toString() : path;
  if (typeof text !== 'string') throw new TypeError('A path is a string, a Buffer or a URL.');
  const whole = posix.resolve(WORKSPACE, text);
  if (whole !== WORKSPACE && !whole.startsWith(`${WORKSPACE}/`)) throw outside(text, operation);
  return whole.slice(WORKSPACE.length + 1) || '.';
}

/** What each operation may add to the workspace, told from its arguments. */
const ADDED: Record<string, (quota: Quota, given: unknown[]) => void> = {
  writeFile: (quota, [path, data, options]) => quota.write(String(path), data, options, false),
  appendFile: (quota, [path, data, options]) => quota.write(String(path), data, options, true),
  copyFile: (quota, [from, to]) => quota.copy(String(from), String(to)),
  mkdir: (quota) => quota.addFile(),
};

/** Operations, each with the number of paths that it begins with. */
const OPERATIONS: Record<string, number> = {
  access: 1,
  appendFile: 1,
  copyFile: 2,
  lstat: 1,
  mkdir: 1,
  readFile: 1,
  readdir: 1,
  rename: 2,
  rm: 1,
  rmdir: 1,
  stat: 1,
  truncate: 1,
  unlink: 1,
  utimes: 1,
  writeFile: 1,
};

export function createWorkspaceFs(quota: Quota, work: Work): WorkspaceFs {
  const prepare = (name: string, given: unknown[]): never[] => {
    const paths = given.slice(0, OPERATIONS[name] as number).map((path) => inWorkspace(path, name));
    const all = [...paths, ...given.slice(paths.length)];
    ADDED[name]?.(quota, all);
    return all as never[];
  };
  const promises: Record<string, unknown> = {};
  const fs: WorkspaceFs = { promises, constants: node.constants };
  for (const name of Object.keys(OPERATIONS)) {
    const asynchronous = node.promises[name as 'stat'] as Operation;
    const synchronous = node[`${name}Sync` as 'statSync'] as Operation;
    const run = (...given: unknown[]): Promise<unknown> =>
      work.track((async () => asynchronous(...prepare(name, given)))());
    promises[name] = run;
    fs[name] = callbackify(run);
    fs[`${name}Sync`] = (...given: unknown[]) => synchronous(...prepare(name, given));
  }
  promises.constants = node.constants;
  fs.existsSync = (path: unknown) => {
    try {
      return node.existsSync(inWorkspace(path, 'access'));
    } catch {
      return false;
    }
  };
  return fs;
}
