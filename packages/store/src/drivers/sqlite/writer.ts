/**
 * This store as one that puts content, beside those of other processes: what it put and did not
 * commit yet is its own, and goes with it.
 */
import { createLeaseOwner, isOwnerGone } from '../../lease-owner.js';
import type { LeaseOwner } from '../../store.js';
import type { BlobFiles } from './blob-files.js';
import { dropUnused, endDraft, removeLooseFiles } from './blob-uses.js';
import type { Connection } from './connection.js';
import type { OpenSandbox } from './open-sandbox.js';

/** A writer of another machine, or of this one before it was started anew, is gone after this. */
const WRITER_LIFE_MS = 86_400_000;

export class Writer {
  readonly id: number;
  readonly #connection: Connection;
  readonly #files: BlobFiles;
  /** Drafts that something was put for, by sandbox and id. */
  readonly #drafts = new Set<string>();

  private constructor(connection: Connection, files: BlobFiles, id: number) {
    this.#connection = connection;
    this.#files = files;
    this.id = id;
  }

  static async register(
    connection: Connection,
    files: BlobFiles,
    process: LeaseOwner,
  ): Promise<Writer> {
    const id = await connection.write(() => {
      const sql = 'INSERT INTO writers (process, time) VALUES (?, ?) RETURNING writer';
      return connection.get(sql, JSON.stringify(process), Date.now())?.writer as number;
    });
    return new Writer(connection, files, id);
  }

  /** Before something is put for a draft. */
  beginDraft(sandboxId: string, draft: string): void {
    this.#drafts.add(keyOf(sandboxId, draft));
  }

  /** Inside a transaction: what was put for it and nothing points to goes. `afterDraft` has to follow. */
  endDraft(sandbox: OpenSandbox, draft: string): string[] {
    if (!this.#drafts.has(keyOf(sandbox.id, draft))) return [];
    return endDraft(this.#connection, sandbox, { draft, writer: this.id });
  }

  /** After the commit: removes the files that nothing needs any more. */
  async afterDraft(sandboxId: string, draft: string, files: readonly string[]): Promise<void> {
    this.#drafts.delete(keyOf(sandboxId, draft));
    await this.removeFiles(files);
  }

  /** After the commit that made these files loose. */
  async removeFiles(files: readonly string[]): Promise<void> {
    if (files.length === 0) return;
    for (const file of files) await this.#files.remove(file);
    await this.#connection.write(() => removeLooseFiles(this.#connection, files));
  }

  /** Removes what writers that are gone left behind. */
  async sweep(): Promise<void> {
    const writers = await this.#connection.read(() =>
      this.#connection.all('SELECT * FROM writers WHERE writer <> ?', this.id),
    );
    for (const { writer, process, time } of writers) {
      const owner = JSON.parse(process as string) as LeaseOwner;
      const old = Date.now() - (time as number) > WRITER_LIFE_MS;
      const here = owner.machine === createLeaseOwner().machine;
      if (here ? isOwnerGone(owner) : old) await this.#clear(writer as number);
    }
  }

  /** This store puts nothing any more. */
  async leave(): Promise<void> {
    await this.#clear(this.id);
  }

  async #clear(writer: number): Promise<void> {
    const connection = this.#connection;
    await connection.write(() => {
      const sql = 'DELETE FROM pending WHERE writer = ? RETURNING hold';
      const holds = connection.all(sql, writer).map(({ hold }) => hold as number);
      dropUnused(connection, holds, writer);
    });
    const loose = await connection.read(() =>
      connection.all('SELECT file FROM loose_files WHERE writer = ?', writer),
    );
    await this.removeFiles(loose.map(({ file }) => file as string));
    await connection.write(() => connection.run('DELETE FROM writers WHERE writer = ?', writer));
  }
}

/** No id of a sandbox has a space. */
const keyOf = (sandboxId: string, draft: string): string => `${sandboxId} ${draft}`;
