import { posix } from 'node:path';
import type { Sandbox } from '@belljar/core';
import type {
  Experimental_SandboxDirectoryEntry as DirectoryEntry,
  Experimental_SandboxFileStat as FileStat,
} from 'ai';
import { CommandFiles } from './command-files.js';

/** A path of the session: in the workspace and not behind a link, or anywhere. */
type Place = { name: string } | { path: string };

/**
 * A session's files by absolute paths and by paths relative to the workspace. Symbolic links are
 * followed, which `sandbox.files` never does: what is behind one is reached by commands.
 */
export class SessionFiles {
  readonly #sandbox: Sandbox;
  readonly #base: string;
  readonly #commands: CommandFiles;

  /** `base`: the workspace as the sandbox sees it. */
  constructor(sandbox: Sandbox, base: string) {
    this.#sandbox = sandbox;
    this.#base = base;
    this.#commands = new CommandFiles(sandbox);
  }

  async stat(path: string): Promise<FileStat | null> {
    const place = await this.#place(path, true);
    if ('path' in place) return this.#commands.stat(place.path);
    const info = await this.#sandbox.files.stat(place.name);
    if (info === null) return null;
    const type = info.type === 'file' || info.type === 'directory' ? info.type : 'other';
    return { type, size: info.sizeBytes };
  }

  async read(path: string): Promise<ReadableStream<Uint8Array> | null> {
    const found = await this.stat(path);
    if (found === null) return null;
    if (found.type !== 'file') throw new Error(`'${path}' is not a file: ${found.type}`);
    const place = await this.#place(path, true);
    if ('path' in place) return this.#commands.read(place.path);
    return this.#sandbox.files.readStream(place.name);
  }

  async write(path: string, content: Uint8Array): Promise<void> {
    const place = await this.#place(path, true);
    if ('path' in place) await this.#commands.write(place.path, content);
    else await this.#sandbox.files.write(place.name, content);
  }

  async list(path: string): Promise<DirectoryEntry[] | null> {
    const place = await this.#place(path, true);
    if ('path' in place) return this.#commands.list(place.path);
    if ((await this.#sandbox.files.stat(place.name)) === null) return null;
    const entries = await this.#sandbox.files.list(place.name);
    return entries.map(({ name, type }) => ({
      name: posix.basename(name),
      type: type === 'file' || type === 'directory' || type === 'symlink' ? type : 'other',
    }));
  }

  async remove(path: string): Promise<boolean> {
    const place = await this.#place(path, false);
    if ('path' in place) return this.#commands.remove(place.path);
    const info = await this.#sandbox.files.stat(place.name);
    if (info?.type === 'directory') throw new Error(`'${path}' is a directory`);
    return info !== null && (await this.#sandbox.files.remove(place.name));
  }

  /** `follows`: a link that the path itself is counts, too. */
  async #place(path: string, follows: boolean): Promise<Place> {
    const resolved = posix.resolve(this.#base, path);
    const name = posix.relative(this.#base, resolved);
    if (name === '') return { name };
    if (name === '..' || name.startsWith('../')) return { path: resolved };
    const segments = name.split('/');
    const last = follows ? segments.length : segments.length - 1;
    for (let length = 1; length <= last; length += 1) {
      const info = await this.#sandbox.files.stat(segments.slice(0, length).join('/'));
      if (info?.type === 'symlink') return { path: resolved };
      if (info === null) break;
    }
    return { name };
  }
}
