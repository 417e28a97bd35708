/** What `fs` tells of files: `Stats` and `Dirent`, with the members of Node's. */
import type { Clock } from './clock.js';

export interface FileStatus {
  isFolder: boolean;
  size: number;
  mode: number;
  changedMs: number;
}

const BLOCK_BYTES = 512;

/** There are files and folders in a workspace, and nothing else. */
abstract class Kind {
  readonly #isFolder: boolean;

  constructor(isFolder: boolean) {
    this.#isFolder = isFolder;
  }

  isFile(): boolean {
    return !this.#isFolder;
  }

  isDirectory(): boolean {
    return this.#isFolder;
  }

  isSymbolicLink(): boolean {
    return false;
  }

  isBlockDevice(): boolean {
    return false;
  }

  isCharacterDevice(): boolean {
    return false;
  }

  isFIFO(): boolean {
    return false;
  }

  isSocket(): boolean {
    return false;
  }
}

/**
 * One time serves for all four: it is the one that programs ask for, and each that is read has to be
 * recorded. Numbers that tell of the machine are 0.
 */
export class Stats extends Kind {
  readonly dev = 0;
  readonly mode: number;
  readonly nlink = 1;
  readonly uid = 0;
  readonly gid = 0;
  readonly rdev = 0;
  readonly blksize = 4096;
  readonly ino = 0;
  readonly size: number;
  readonly blocks: number;
  readonly atimeMs: number;
  readonly mtimeMs: number;
  readonly ctimeMs: number;
  readonly birthtimeMs: number;

  constructor({ isFolder, size, mode, changedMs }: FileStatus, clock: Clock) {
    super(isFolder);
    const timeMs = clock.fileTime(changedMs);
    this.mode = mode;
    this.size = size;
    this.blocks = Math.ceil(size / BLOCK_BYTES);
    this.atimeMs = timeMs;
    this.mtimeMs = timeMs;
    this.ctimeMs = timeMs;
    this.birthtimeMs = timeMs;
  }

  get atime(): Date {
    return new Date(this.atimeMs);
  }

  get mtime(): Date {
    return new Date(this.mtimeMs);
  }

  get ctime(): Date {
    return new Date(this.ctimeMs);
  }

  get birthtime(): Date {
    return new Date(this.birthtimeMs);
  }
}

export class Dirent extends Kind {
  readonly name: string;
  readonly parentPath: string;

  constructor(name: string, parentPath: string, isFolder: boolean) {
    super(isFolder);
    this.name = name;
    this.parentPath = parentPath;
  }
}
