/** Puts content: its files are written between two commits, the first of which names them. */
import { invalid } from '../../check-input.js';
import { contentHash } from '../../content-hash.js';
import { storeClosed } from '../../refusals.js';
import type { BlobFiles } from './blob-files.js';
import { addLooseFiles, removeLooseFiles } from './blob-uses.js';
import type { Connection } from './connection.js';
import { contentDigest } from './digest.js';
import { requireRow } from './sandbox-rows.js';
import type { Writer } from './writer.js';

/** As many threads as Node has for such work. */
const AT_ONCE = 4;

interface Draft {
  sha256: string;
  content: Uint8Array;
  file: string;
}

export class BlobWriter {
  readonly #connection: Connection;
  readonly #files: BlobFiles;
  readonly #writer: Writer;
  readonly #running = new Set<Promise<unknown>>();
  #closed = false;

  constructor(connection: Connection, files: BlobFiles, writer: Writer) {
    this.#connection = connection;
    this.#files = files;
    this.#writer = writer;
  }

  /** Resolves to the hashes of the contents. */
  async put(sandboxId: string, contents: readonly Uint8Array[]): Promise<string[]> {
    if (this.#closed) throw storeClosed();
    if (!Array.isArray(contents)) throw invalid('contents', 'must be a list');
    for (const content of contents) {
      if (!(content instanceof Uint8Array)) throw invalid('content', 'must be a Uint8Array');
    }
    const running = this.#put(sandboxId, contents);
    this.#running.add(running);
    try {
      return await running;
    } finally {
      this.#running.delete(running);
    }
  }

  /** Resolves when nothing is written any more. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.allSettled(this.#running);
  }

  async #put(sandboxId: string, contents: readonly Uint8Array[]): Promise<string[]> {
    const hashes: string[] = [];
    await atOnce(contents.entries(), async ([index, content]) => {
      hashes[index] = await contentHash(content);
    });
    const byHash = new Map(hashes.map((sha256, index) => [sha256, contents[index] as Uint8Array]));
    const drafts = await this.#connection.write(() => this.#begin(sandboxId, byHash));
    if (drafts.length === 0) return hashes;
    let unused = drafts.map(({ file }) => file);
    try {
      await atOnce(drafts.values(), ({ file, content }) => this.#files.write(file, content));
      unused = await this.#connection.write(() => this.#end(sandboxId, drafts));
    } finally {
      // After a failure they stay loose when they cannot be removed now.
      await this.#writer.removeFiles(unused).catch(() => {});
    }
    return hashes;
  }

  /** Content that is held already is pending again; the rest gets a file's name. */
  #begin(sandboxId: string, byHash: ReadonlyMap<string, Uint8Array>): Draft[] {
    const sandbox = requireRow(this.#connection, sandboxId).row as number;
    const drafts: Draft[] = [];
    for (const [sha256, content] of byHash) {
      if (this.#keep(sandbox, sha256)) continue;
      drafts.push({ sha256, content, file: this.#files.newName() });
    }
    const names = drafts.map(({ file }) => file);
    addLooseFiles(this.#connection, names, this.#writer.id);
    return drafts;
  }

  /** Returns the files that nothing came to need. */
  #end(sandboxId: string, drafts: readonly Draft[]): string[] {
    const sandbox = requireRow(this.#connection, sandboxId).row as number;
    const placed: string[] = [];
    const unused: string[] = [];
    for (const { sha256, content, file } of drafts) {
      // Somebody else may have put the same meanwhile.
      if (this.#keep(sandbox, sha256)) unused.push(file);
      else {
        this.#place(sandbox, sha256, content.length, file);
        placed.push(file);
      }
    }
    removeLooseFiles(this.#connection, placed);
    return unused;
  }

  #place(sandbox: number, sha256: string, sizeBytes: number, file: string): void {
    const blob = this.#connection.get(
      'INSERT INTO blobs (file, size_bytes) VALUES (?, ?) RETURNING blob',
      file,
      sizeBytes,
    );
    this.#connection.run(
      'INSERT INTO holds (sandbox, digest, blob) VALUES (?, ?, ?)',
      sandbox,
      contentDigest(sha256),
      blob?.blob as number,
    );
    this.#keep(sandbox, sha256);
  }

  /** True when the sandbox holds it; then it stays while this store may commit what points to it. */
  #keep(sandbox: number, sha256: string): boolean {
    const sql = `INSERT OR IGNORE INTO pending
      SELECT ?, hold FROM holds WHERE sandbox = ? AND digest = ? RETURNING hold`;
    const digest = contentDigest(sha256);
    if (this.#connection.run(sql, this.#writer.id, sandbox, digest) > 0) return true;
    const known = 'SELECT 1 FROM holds WHERE sandbox = ? AND digest = ?';
    return this.#connection.get(known, sandbox, digest) !== undefined;
  }
}

/** Works through the items, a few at the same time; rejects when all that began has ended. */
async function atOnce<T>(items: Iterator<T> & Iterable<T>, work: (item: T) => Promise<void>) {
  const lane = async (): Promise<void> => {
    for (const item of items) await work(item);
  };
  const results = await Promise.allSettled(Array.from({ length: AT_ONCE }, lane));
  for (const result of results) if (result.status === 'rejected') throw result.reason;
}
