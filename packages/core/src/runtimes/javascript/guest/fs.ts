/** `fs` for the code, over the workspace. The host looks at each path and does the work at once. */
import { Buffer } from 'buffer/index.js';
import posix from 'path-browserify';
import type { Bridge, FileFailure } from './bridge.js';
import type { Clock } from './clock.js';
import type { Random } from './random.js';
import { Dirent, type FileStatus, Stats } from './stats.js';

export const WORKSPACE = '/workspace';

const CONSTANTS = {
  COPYFILE_EXCL: 1,
  F_OK: 0,
  O_APPEND: 1024,
  O_CREAT: 64,
  O_EXCL: 128,
  O_RDONLY: 0,
  O_RDWR: 2,
  O_TRUNC: 512,
  O_WRONLY: 1,
  R_OK: 4,
  W_OK: 2,
  X_OK: 1,
};

type Operation = (...given: unknown[]) => unknown;
type Options = { encoding?: string | null; flag?: string } & Record<string, unknown>;

interface Parts {
  bridge: Bridge;
  clock: Clock;
  random: Random;
}

export interface WorkspaceFs {
  fs: Record<string, unknown>;
  promises: Record<string, unknown>;
}

export function fileError(failure: FileFailure): Error {
  return Object.assign(new Error(failure.message), { ...failure });
}

function pathOf(given: unknown): string {
  if (typeof given === 'string') return given;
  if (given instanceof Uint8Array) return Buffer.from(given).toString();
  const url = given as { protocol?: unknown; pathname?: unknown } | null;
  if (url?.protocol === 'file:') return decodeURIComponent(String(url.pathname));
  throw Object.assign(new TypeError('A path is a string, a Buffer or a file URL.'), {
    code: 'ERR_INVALID_ARG_TYPE',
  });
}

function optionsOf(given: unknown): Options {
  if (typeof given === 'string') return { encoding: given };
  return typeof given === 'object' && given !== null ? (given as Options) : {};
}

/** Bytes of their own: what crosses is a whole buffer. */
function bytesOf(data: unknown, encoding: string | null | undefined): ArrayBuffer {
  if (data instanceof ArrayBuffer) return data;
  if (ArrayBuffer.isView(data)) {
    const { buffer, byteOffset, byteLength } = data;
    const isWhole = byteLength === buffer.byteLength && buffer instanceof ArrayBuffer;
    if (isWhole) return buffer;
    return new Uint8Array(new Uint8Array(buffer, byteOffset, byteLength)).buffer;
  }
  if (typeof data === 'string') {
    const bytes = Buffer.from(data, (encoding ?? 'utf8') as BufferEncoding);
    return new Uint8Array(bytes).buffer;
  }
  throw Object.assign(
    new TypeError('The data is a string, a Buffer, a TypedArray or a DataView.'),
    { code: 'ERR_INVALID_ARG_TYPE' },
  );
}

function operations({ bridge, clock, random }: Parts): Record<string, Operation> {
  const call = (name: string, given: unknown[], data?: ArrayBuffer): unknown =>
    bridge.files(name, given, data);
  const stat = (name: string, path: unknown, options: unknown): unknown => {
    const mayMiss = optionsOf(options).throwIfNoEntry === false;
    const found = call(name, [pathOf(path), { mayMiss }]) as FileStatus | null;
    return found === null ? undefined : new Stats(found, clock);
  };
  const write = (path: unknown, data: unknown, options: unknown, flag: string): void => {
    const { encoding, flag: given } = optionsOf(options);
    call('writeFile', [pathOf(path), { flag: given ?? flag }], bytesOf(data, encoding));
  };
  const simple =
    (name: string, paths: 1 | 2): Operation =>
    (...given) => {
      const rest = given.slice(paths).map((one) => (typeof one === 'object' ? { ...one } : one));
      return call(name, [...given.slice(0, paths).map(pathOf), ...rest]) ?? undefined;
    };
  return {
    access: simple('access', 1),
    appendFile: (path, data, options) => write(path, data, options, 'a'),
    copyFile: simple('copyFile', 2),
    cp: simple('cp', 2),
    lstat: (path, options) => stat('lstat', path, options),
    mkdir: simple('mkdir', 1),
    mkdtemp: (prefix) => {
      const suffix = random.number().toString(36).slice(2, 8).padEnd(6, '0');
      const path = `${pathOf(prefix)}${suffix}`;
      call('mkdir', [path]);
      return path;
    },
    readFile: (path, options) => {
      const { encoding, flag } = optionsOf(options);
      const isText = encoding === 'utf8' || encoding === 'utf-8';
      const content = call('readFile', [pathOf(path), { flag, isText }]);
      if (isText) return content;
      const bytes = Buffer.from(content as ArrayBuffer);
      return encoding && encoding !== 'buffer' ? bytes.toString(encoding as 'hex') : bytes;
    },
    readdir: (path, options) => {
      const { recursive, withFileTypes } = optionsOf(options);
      const found = call('readdir', [pathOf(path), { recursive: recursive === true }]);
      const entries = found as [folder: string, name: string, isFolder: boolean][];
      if (!withFileTypes) {
        return entries.map(([folder, name]) => (folder === '' ? name : `${folder}/${name}`));
      }
      return entries.map(([folder, name, isFolder]) =>
        entryOf(pathOf(path), folder, name, isFolder),
      );
    },
    realpath: simple('realpath', 1),
    rename: simple('rename', 2),
    rm: simple('rm', 1),
    rmdir: simple('rmdir', 1),
    stat: (path, options) => stat('stat', path, options),
    truncate: simple('truncate', 1),
    unlink: simple('unlink', 1),
    utimes: (path, accessed, changed) => {
      const seconds = (time: unknown): number => Number(time) / (time instanceof Date ? 1_000 : 1);
      call('utimes', [pathOf(path), seconds(accessed), seconds(changed)]);
    },
    writeFile: (path, data, options) => write(path, data, options, 'w'),
  };
}

function entryOf(path: string, folder: string, name: string, isFolder: boolean): Dirent {
  return new Dirent(name, folder === '' ? path : posix.join(path, folder), isFolder);
}

/** `later` runs a callback in a turn of its own, which the execution waits for. */
export function createFs(parts: Parts, later: (run: () => void) => void): WorkspaceFs {
  const promises: Record<string, unknown> = { constants: CONSTANTS };
  const fs: Record<string, unknown> = { constants: CONSTANTS, promises };
  for (const [name, operation] of Object.entries(operations(parts))) {
    promises[name] = async (...given: unknown[]) => operation(...given);
    fs[`${name}Sync`] = operation;
    fs[name] = (...given: unknown[]) => {
      const callback = given.pop();
      if (typeof callback !== 'function') throw new TypeError('The last argument is a callback.');
      let result: unknown;
      try {
        result = operation(...given);
      } catch (error) {
        return later(() => callback(error));
      }
      return later(() => (result === undefined ? callback(null) : callback(null, result)));
    };
  }
  fs.existsSync = (path: unknown) => {
    try {
      parts.bridge.files('access', [pathOf(path)]);
      return true;
    } catch {
      return false;
    }
  };
  return { fs, promises };
}
