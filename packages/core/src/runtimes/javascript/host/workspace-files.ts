/**
 * The guest's operations on files, done in the workspace's folder.
 *
 * Boundary: names and options are the guest's, and hostile. Files are opened without following a
 * link, and only files: what blocks when it is opened is none. Folders are listed in one order, since
 * the kernel's would differ from run to run.
 */
import fs from 'node:fs';
import { join, posix } from 'node:path';
import type { Crossing } from './bridge.js';
import { FileError, failureOf } from './file-error.js';
import { Quota, type Room } from './quota.js';
import { guestPath, type HostPath, namesOnTheWay, resolvePath } from './workspace-paths.js';

const { O_APPEND, O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_TRUNC, O_WRONLY } =
  fs.constants;
const READ = O_RDONLY | O_NOFOLLOW | O_NONBLOCK;
const WRITE = O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK;
const FLAGS: Record<string, number> = {
  a: WRITE | O_APPEND,
  ax: WRITE | O_APPEND | O_EXCL,
  w: WRITE | O_TRUNC,
  wx: WRITE | O_TRUNC | O_EXCL,
};
const COPY_EXCLUSIVELY = 1;
const DEEPEST = 1_000;

type Options = Record<string, unknown>;
type Entry = [folder: string, name: string, isFolder: boolean];
type Operation = (given: unknown[], data: ArrayBuffer | undefined) => unknown;

const optionsOf = (given: unknown): Options =>
  typeof given === 'object' && given !== null ? (given as Options) : {};

/** Names of system calls, for messages. */
const SYSCALLS: Record<string, string> = {
  appendFile: 'open',
  copyFile: 'copyfile',
  readFile: 'open',
  readdir: 'scandir',
  truncate: 'open',
  utimes: 'utime',
  writeFile: 'open',
};
const TWO_PATHS = new Set(['copyFile', 'cp', 'rename']);

export class WorkspaceFiles {
  readonly #folder: string;
  readonly #quota = new Quota();

  /** `folder`: a real path. */
  constructor(folder: string) {
    this.#folder = folder;
  }

  setRoom(room: Room | undefined): void {
    this.#quota.set(room);
  }

  /** Bytes, or a text that begins with what it is: `=` JSON, `!` a failure as JSON, `'` a text. */
  perform(name: Crossing, json: Crossing, data: Crossing): Crossing {
    if (typeof name !== 'string' || typeof json !== 'string') return undefined;
    const operation = this.#operations.get(name);
    if (!operation) return undefined;
    const given = JSON.parse(json) as unknown[];
    const paths = given.slice(0, TWO_PATHS.has(name) ? 2 : 1).map(String);
    try {
      return answer(operation(given, data instanceof ArrayBuffer ? data : undefined));
    } catch (error) {
      return `!${JSON.stringify(failureOf(error, SYSCALLS[name] ?? name, paths))}`;
    }
  }

  readonly #operations = new Map<string, Operation>(
    Object.entries({
      access: ([path]) => void existing(this.#path(path)),
      copyFile: ([from, to, mode]) => this.#copyFile(this.#path(from), this.#path(to), mode),
      cp: ([from, to, options]) =>
        this.#copy(this.#path(from), this.#path(to), optionsOf(options), DEEPEST),
      lstat: ([path, options]) => statusOf(this.#path(path), optionsOf(options)),
      mkdir: ([path, options]) => this.#makeFolder(path, optionsOf(options)),
      readFile: ([path, options]) => readFile(this.#path(path), optionsOf(options).isText === true),
      readdir: ([path, options]) => list(this.#path(path), optionsOf(options).recursive === true),
      realpath: ([path]) => this.#realPath(this.#path(path)),
      rename: ([from, to]) => fs.renameSync(existing(this.#path(from)), this.#path(to).path),
      rm: ([path, options]) => remove(this.#path(path), optionsOf(options)),
      rmdir: ([path]) => fs.rmdirSync(existing(this.#path(path))),
      stat: ([path, options]) => statusOf(this.#path(path), optionsOf(options)),
      truncate: ([path, length]) => this.#truncate(this.#path(path), length ?? 0),
      unlink: ([path]) => fs.unlinkSync(existing(this.#path(path))),
      utimes: ([path, accessed, changed]) =>
        fs.lutimesSync(existing(this.#path(path)), Number(accessed), Number(changed)),
      writeFile: ([path, options], data) =>
        this.#write(
          this.#path(path),
          String(optionsOf(options).flag),
          new Uint8Array(data ?? new ArrayBuffer(0)),
        ),
    } satisfies Record<string, Operation>),
  );

  #path(given: unknown): HostPath {
    return resolvePath(this.#folder, given);
  }

  #write({ path, status }: HostPath, flag: string, data: Uint8Array): void {
    const flags = Object.hasOwn(FLAGS, flag) ? FLAGS[flag] : undefined;
    if (flags === undefined) throw new FileError('EINVAL');
    const before = flag.startsWith('a') ? 0 : (status?.size ?? 0);
    this.#quota.take(data.byteLength - before);
    if (!status) this.#quota.addFile();
    const file = fs.openSync(path, flags, 0o644);
    try {
      for (let at = 0; at < data.byteLength; ) at += fs.writeSync(file, data, at);
    } finally {
      fs.closeSync(file);
    }
  }

  #truncate(path: HostPath, given: unknown): void {
    const bytes = Number(given);
    if (!Number.isSafeInteger(bytes) || bytes < 0) throw new FileError('EINVAL');
    const file = fs.openSync(existing(path), O_WRONLY | O_NOFOLLOW | O_NONBLOCK);
    try {
      this.#quota.take(bytes - (path.status?.size ?? 0));
      fs.ftruncateSync(file, bytes);
    } finally {
      fs.closeSync(file);
    }
  }

  #realPath(path: HostPath): string {
    existing(path);
    return `'${guestPath(path.name)}`;
  }

  /** With `recursive`, each missing folder on the way is made, and the first of them is told. */
  #makeFolder(given: unknown, { recursive }: Options): string | undefined {
    if (recursive !== true) return this.#makeOne(this.#path(given));
    let first: string | undefined;
    for (const name of namesOnTheWay(given)) {
      const path = this.#path(guestPath(name));
      if (path.status?.isDirectory()) continue;
      this.#makeOne(path);
      first ??= `'${guestPath(name)}`;
    }
    return first;
  }

  #makeOne(path: HostPath): undefined {
    if (path.status) throw new FileError('EEXIST');
    this.#quota.addFile();
    fs.mkdirSync(path.path);
  }

  #copyFile(from: HostPath, to: HostPath, mode: unknown): void {
    const flag = Number(mode) & COPY_EXCLUSIVELY ? 'wx' : 'w';
    if (from.path === to.path) throw new FileError('EINVAL');
    this.#write(to, flag, new Uint8Array(bytesOf(from)));
  }

  #copy(from: HostPath, to: HostPath, options: Options, left: number): void {
    const path = existing(from);
    if (!from.status?.isDirectory()) {
      if (!to.status || options.force !== false) this.#copyFile(from, to, 0);
      return;
    }
    if (options.recursive !== true) throw new FileError('EISDIR');
    if (left === 0 || `${to.name}/`.startsWith(`${from.name}/`)) throw new FileError('EINVAL');
    if (!to.status) this.#makeOne(to);
    for (const name of fs.readdirSync(path).sort()) {
      const [inner, copy] = [from, to].map((parent) =>
        this.#path(guestPath(`${parent.name}/${name}`)),
      );
      this.#copy(inner as HostPath, copy as HostPath, options, left - 1);
    }
  }
}

function answer(result: unknown): string | ArrayBuffer {
  if (result instanceof ArrayBuffer || typeof result === 'string') return result;
  return `=${JSON.stringify(result ?? null)}`;
}

function existing({ path, status }: HostPath): string {
  if (!status) throw new FileError('ENOENT');
  return path;
}

function statusOf(path: HostPath, options: Options): unknown {
  const { status } = path;
  if (!status && options.mayMiss === true) return null;
  existing(path);
  return { isFolder: status?.isDirectory(), size: status?.size, changedMs: status?.mtimeMs };
}

function bytesOf(path: HostPath): Buffer {
  const file = fs.openSync(existing(path), READ);
  try {
    const status = fs.fstatSync(file);
    if (status.isDirectory()) throw new FileError('EISDIR');
    if (!status.isFile()) throw new FileError('EINVAL');
    return fs.readFileSync(file);
  } finally {
    fs.closeSync(file);
  }
}

function readFile(path: HostPath, isText: boolean): string | ArrayBuffer {
  const { buffer, byteOffset, byteLength } = bytesOf(path) as Buffer<ArrayBuffer>;
  if (isText) return `'${Buffer.from(buffer, byteOffset, byteLength).toString()}`;
  const isWhole = byteLength === buffer.byteLength;
  return isWhole ? buffer : buffer.slice(byteOffset, byteOffset + byteLength);
}

function list(path: HostPath, recursive: boolean): Entry[] {
  const found: Entry[] = [];
  const waiting = [''];
  for (const folder of waiting) {
    const entries = fs.readdirSync(join(existing(path), folder), { withFileTypes: true });
    entries.sort((a, b) => (a.name < b.name ? -1 : 1));
    for (const entry of entries) {
      found.push([folder, entry.name, entry.isDirectory()]);
      if (recursive && entry.isDirectory()) waiting.push(posix.join(folder, entry.name));
    }
  }
  return found;
}

function remove(path: HostPath, { recursive, force }: Options): void {
  if (!path.status && force === true) return;
  existing(path);
  if (path.name === '') throw new FileError('EACCES');
  if (path.status?.isDirectory() && recursive !== true) throw new FileError('EISDIR');
  fs.rmSync(path.path, { recursive: recursive === true, force: force === true });
}
