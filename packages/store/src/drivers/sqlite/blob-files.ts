/**
 * Blobs as files, named by their content's hash.
 *
 * Content is written to a draft first and gets its name by a hard link, inside the transaction that
 * makes it known: no name ever has a part of its content. A draft that its process left behind says
 * which name may stand without a row; `sweepDrafts` clears both.
 */
import { hash } from 'node:crypto';
import { closeSync, fsyncSync, linkSync, mkdirSync, openSync, statSync, unlinkSync } from 'node:fs';
import { mkdir, open, readdir, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createLeaseOwner, isOwnerGone } from '../../lease-owner.js';
import type { LeaseOwner } from '../../store.js';
import { explainFile } from './sqlite-errors.js';

export const BLOBS_FOLDER = 'blobs';
const DRAFTS_FOLDER = 'drafts';
/** A draft of another machine is left behind when it is older. */
const DRAFT_LIFE_MS = 86_400_000;

export class BlobFiles {
  readonly #folder: string;
  readonly #sync: boolean;
  readonly #process: LeaseOwner = createLeaseOwner();
  #drafts = 0;

  private constructor(directory: string, sync: boolean) {
    this.#folder = join(directory, BLOBS_FOLDER);
    this.#sync = sync;
  }

  /** `sync`: content is on the disk before its transaction is. */
  static async open(directory: string, sync: boolean): Promise<BlobFiles> {
    const files = new BlobFiles(directory, sync);
    const folder = join(files.#folder, DRAFTS_FOLDER);
    await explained(folder, () => mkdir(folder, { recursive: true, mode: 0o700 }));
    return files;
  }

  path(sha256: string): string {
    return join(this.#folder, sha256.slice(0, 2), sha256);
  }

  /** True when a file of this name and size is there. */
  has(sha256: string, sizeBytes: number): boolean {
    return statSync(this.path(sha256), { throwIfNoEntry: false })?.size === sizeBytes;
  }

  /** Resolves to the draft's path. */
  async draft(sha256: string, content: Uint8Array): Promise<string> {
    this.#drafts += 1;
    const { pid, processStart, machine, id } = this.#process;
    const names = [sha256, pid, processStart, machineDigest(machine), `${id}${this.#drafts}`];
    const path = join(this.#folder, DRAFTS_FOLDER, names.join('~'));
    await explained(path, async () => {
      const file = await open(path, 'wx', 0o600);
      try {
        await file.writeFile(content);
        if (this.#sync) await file.sync();
      } catch (error) {
        await rm(path, { force: true });
        throw error;
      } finally {
        await file.close();
      }
    });
    return path;
  }

  async removeDraft(path: string): Promise<void> {
    await rm(path, { force: true });
  }

  /** Inside a transaction: gives a draft's content its name. */
  place(sha256: string, draft: string): void {
    const path = this.path(sha256);
    const folder = dirname(path);
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      this.remove(sha256);
      linkSync(draft, path);
      if (this.#sync) for (const one of [folder, this.#folder]) syncFolder(one);
    } catch (error) {
      throw explainFile(error, path);
    }
  }

  /** Inside a transaction. */
  remove(sha256: string): void {
    try {
      unlinkSync(this.path(sha256));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
      throw explainFile(error, this.path(sha256));
    }
  }

  /** Drafts that no process writes any more: their paths, and the hashes they were for. */
  async abandonedDrafts(): Promise<{ path: string; sha256: string }[]> {
    const abandoned = [];
    const folder = join(this.#folder, DRAFTS_FOLDER);
    for (const name of await explained(folder, () => readdir(folder))) {
      const path = join(folder, name);
      const [sha256 = '', pid = '', processStart = '', machine = ''] = name.split('~');
      const here = machine === machineDigest(this.#process.machine);
      const owner = { ...this.#process, pid: Number(pid), processStart };
      const old = async (): Promise<boolean> => {
        const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Date.now() }));
        return Date.now() - mtimeMs > DRAFT_LIFE_MS;
      };
      if (here ? isOwnerGone(owner) : await old()) abandoned.push({ path, sha256 });
    }
    return abandoned;
  }
}

const machineDigest = (machine: string): string => hash('sha256', machine).slice(0, 16);

function syncFolder(path: string): void {
  const folder = openSync(path, 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

async function explained<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw explainFile(error, path);
  }
}
