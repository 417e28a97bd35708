/**
 * The engine's door to the workspace of a sandbox at level `process`: a folder of this machine.
 *
 * No symbolic link is followed and only regular files are opened, while the code stands still. Code
 * that has left its permissions behind could swap folders meanwhile; it has what the engine's user
 * has by then, and gains nothing.
 */
import { randomUUID } from 'node:crypto';
import { constants, type Stats } from 'node:fs';
import * as fs from 'node:fs/promises';
import { join } from 'node:path';
import type { FileInfo, FileType } from '../../sandbox.js';
import { bytesOfName, nameOfBytes, shownName } from '../file-names.js';
import { MAX_DEPTH, type Scan, scanFolder } from './workspace-scan.js';

const READ_FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
const CHUNK_BYTES = 256 * 1_024;

/** What the name says cannot be done: a fact about the workspace. */
export class Refused extends Error {}

export function typeOf(status: Stats): FileType {
  if (status.isFile()) return 'file';
  if (status.isDirectory()) return 'directory';
  if (status.isSymbolicLink()) return 'symlink';
  if (status.isFIFO()) return 'fifo';
  if (status.isSocket()) return 'socket';
  return status.isBlockDevice() || status.isCharacterDevice() ? 'device' : 'other';
}

function toInfo(name: string, status: Stats): FileInfo {
  return {
    name: shownName(name),
    type: typeOf(status),
    sizeBytes: status.size,
    modifyTime: new Date(status.mtimeMs).toISOString(),
  };
}

const isMissing = (error: unknown): boolean =>
  ['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '');

export class WorkspaceFolder {
  readonly path: string;
  /** On the same file system, where a file is whole before it gets its name. */
  readonly #incoming: string;

  private constructor(base: string) {
    this.path = join(base, 'workspace');
    this.#incoming = join(base, 'incoming');
  }

  static async make(base: string): Promise<WorkspaceFolder> {
    const folder = new WorkspaceFolder(base);
    await fs.mkdir(folder.path, { mode: 0o700 });
    await fs.mkdir(folder.#incoming, { mode: 0o700 });
    return folder;
  }

  scan(): Promise<Scan> {
    return scanFolder(this.path);
  }

  #path(name: string): Buffer {
    return Buffer.concat([
      Buffer.from(this.path),
      ...(name ? [Buffer.from('/')] : []),
      bytesOfName(name),
    ]);
  }

  /** The path of a name whose folders are all folders, and no links. */
  async #within(name: string, make = false): Promise<Buffer> {
    const parts = name.split('/');
    for (let depth = 1; depth < parts.length; depth += 1) {
      const folder = this.#path(parts.slice(0, depth).join('/'));
      if (make) {
        await fs.mkdir(folder, { mode: 0o755 }).catch((error: NodeJS.ErrnoException) => {
          if (error.code !== 'EEXIST') throw error;
        });
      }
      const status = await fs.lstat(folder);
      if (!status.isDirectory()) throw new Refused(`'${parts[depth - 1]}' is no folder`);
    }
    return this.#path(name);
  }

  async write(name: string, content: Uint8Array): Promise<void> {
    const place = await this.#within(name, true);
    const whole = join(this.#incoming, randomUUID());
    try {
      await fs.writeFile(whole, content, { mode: 0o644, flag: 'wx' });
      await fs.rename(whole, place);
    } finally {
      await fs.rm(whole, { force: true });
    }
  }

  /** Opens a regular file. Never waits for another end, as a FIFO would. */
  async open(name: string): Promise<{ file: fs.FileHandle; sizeBytes: number }> {
    const path = await this.#within(name);
    const before = await fs.lstat(path);
    if (!before.isFile()) throw new Refused(`is a ${typeOf(before)}, not a regular file`);
    const file = await fs.open(path, READ_FLAGS);
    const status = await file.stat();
    if (status.isFile()) return { file, sizeBytes: status.size };
    await file.close();
    throw new Refused('is not a regular file');
  }

  async read(name: string, chunk: (data: Uint8Array) => void | Promise<void>): Promise<void> {
    const { file } = await this.open(name);
    try {
      for (;;) {
        const { bytesRead, buffer } = await file.read(Buffer.allocUnsafeSlow(CHUNK_BYTES));
        if (bytesRead === 0) return;
        await chunk(buffer.subarray(0, bytesRead));
      }
    } finally {
      await file.close();
    }
  }

  async stat(name: string): Promise<FileInfo | null> {
    try {
      return toInfo(name, await fs.lstat(await this.#within(name)));
    } catch (error) {
      if (isMissing(error) || error instanceof Refused) return null;
      throw error;
    }
  }

  async list(name: string, recursive: boolean): Promise<FileInfo[]> {
    const path = await this.#within(name);
    if (!(await fs.lstat(path)).isDirectory()) throw new Refused('is no folder');
    const found: FileInfo[] = [];
    await this.#walk(name === '' ? '' : `${name}/`, recursive ? MAX_DEPTH : 1, found);
    return found.sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  async #walk(prefix: string, depth: number, found: FileInfo[]): Promise<void> {
    const leaves = await fs.readdir(this.#path(prefix.slice(0, -1)), { encoding: 'buffer' });
    for (const leaf of leaves) {
      const name = prefix + nameOfBytes(leaf);
      const status = await fs.lstat(this.#path(name)).catch(() => undefined);
      if (!status) continue;
      found.push(toInfo(name, status));
      if (status.isDirectory() && depth > 1) await this.#walk(`${name}/`, depth - 1, found);
    }
  }

  async makeDirectory(name: string): Promise<void> {
    await this.#within(`${name}/.`, true);
  }

  async rename(from: string, to: string): Promise<void> {
    const source = await this.#within(from);
    await fs.lstat(source);
    await fs.rename(source, await this.#within(to, true));
  }

  async remove(name: string): Promise<boolean> {
    try {
      const path = await this.#within(name);
      await fs.lstat(path);
      await fs.rm(path, { recursive: true, force: true, maxRetries: 3 });
      return true;
    } catch (error) {
      if (isMissing(error) || error instanceof Refused) return false;
      throw error;
    }
  }
}
