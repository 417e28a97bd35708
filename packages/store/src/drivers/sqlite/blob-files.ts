/** The files of blobs: each is written once, under a name of its own, and never changed. */
import { mkdir, open, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { explainFile } from './sqlite-errors.js';

export const BLOBS_FOLDER = 'blobs';

export class BlobFiles {
  readonly #folder: string;
  readonly #sync: boolean;

  private constructor(directory: string, sync: boolean) {
    this.#folder = join(directory, BLOBS_FOLDER);
    this.#sync = sync;
  }

  /** `sync`: content is on the disk when `write` resolves. */
  static async open(directory: string, sync: boolean): Promise<BlobFiles> {
    const files = new BlobFiles(directory, sync);
    await explained(files.#folder, () => mkdir(files.#folder, { recursive: true, mode: 0o700 }));
    return files;
  }

  path(name: string): string {
    return join(this.#folder, name.slice(0, 2), name);
  }

  async write(name: string, pieces: AsyncIterable<Uint8Array>): Promise<void> {
    const path = this.path(name);
    await explained(path, async () => {
      const file = await this.#create(path);
      try {
        for await (const piece of pieces) await file.writeFile(piece);
        if (this.#sync) await file.sync();
      } finally {
        await file.close();
      }
      if (this.#sync) for (const one of [dirname(path), this.#folder]) await syncFolder(one);
    });
  }

  async #create(path: string) {
    try {
      return await open(path, 'wx', 0o600);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      return open(path, 'wx', 0o600);
    }
  }

  /** Nothing happens where there is no such file. */
  async remove(name: string): Promise<void> {
    await explained(this.path(name), () => rm(this.path(name), { force: true }));
  }
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

async function explained<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw explainFile(error, path);
  }
}
