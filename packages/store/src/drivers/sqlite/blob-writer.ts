/** Puts content: its files are written between two commits, the first of which names them. */
import { invalid } from '../../check-input.js';
import { contentHash } from '../../content-hash.js';
import { storeClosed } from '../../refusals.js';
import { ContentCipher } from '../../sealing/content-cipher.js';
import { newKey } from '../../sealing/key-parts.js';
import type { BlobFiles } from './blob-files.js';
import { insertHold } from './blob-holds.js';
import { addLooseFiles, removeLooseFiles } from './blob-uses.js';
import type { OpenSandbox } from './open-sandbox.js';
import type { Vault } from './vault.js';
import type { Writer } from './writer.js';

/** As many threads as Node has for such work. */
const AT_ONCE = 4;

interface Draft {
  sha256: string;
  content: Uint8Array;
  key: Uint8Array;
  cipher: ContentCipher;
  file: string;
}

export class BlobWriter {
  readonly #vault: Vault;
  readonly #files: BlobFiles;
  readonly #writer: Writer;
  readonly #running = new Set<Promise<unknown>>();
  #closed = false;

  constructor(vault: Vault, files: BlobFiles, writer: Writer) {
    this.#vault = vault;
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
    const drafts = await this.#vault.write(() => this.#begin(sandboxId, byHash));
    if (drafts.length === 0) return hashes;
    let unused = drafts.map(({ file }) => file);
    try {
      await atOnce(drafts.values(), ({ file, cipher, content }) =>
        this.#files.write(file, cipher.encrypt(content)),
      );
      unused = await this.#vault.write(() => this.#end(sandboxId, drafts));
    } finally {
      // After a failure they stay loose when they cannot be removed now.
      await this.#writer.removeFiles(unused).catch(() => {});
    }
    return hashes;
  }

  /** Content that is held already is pending again; the rest gets a file's name. */
  #begin(sandboxId: string, byHash: ReadonlyMap<string, Uint8Array>): Draft[] {
    const sandbox = this.#vault.writable(sandboxId);
    const drafts: Draft[] = [];
    for (const [sha256, content] of byHash) {
      if (this.#keep(sandbox, sha256)) continue;
      drafts.push(createDraft(sha256, content));
    }
    const names = drafts.map(({ file }) => file);
    addLooseFiles(this.#vault.connection, names, this.#writer.id);
    return drafts;
  }

  /** Returns the files that nothing came to need. */
  #end(sandboxId: string, drafts: readonly Draft[]): string[] {
    const sandbox = this.#vault.writable(sandboxId);
    const placed: string[] = [];
    const unused: string[] = [];
    for (const draft of drafts) {
      const { sha256, file } = draft;
      // Somebody else may have put the same meanwhile.
      if (this.#keep(sandbox, sha256)) unused.push(file);
      else {
        this.#place(sandbox, draft);
        placed.push(file);
      }
    }
    removeLooseFiles(this.#vault.connection, placed);
    return unused;
  }

  #place(sandbox: OpenSandbox, { sha256, content, key, file }: Draft): void {
    const { connection } = this.#vault;
    const sizeBytes = content.length;
    const sql = 'INSERT INTO blobs (file, size_bytes) VALUES (?, ?) RETURNING blob';
    const number = connection.get(sql, file, sizeBytes)?.blob as number;
    insertHold(connection, sandbox, sha256, { number, key, sizeBytes });
    this.#keep(sandbox, sha256);
  }

  /** True when the sandbox holds it; then it stays while this store may commit what points to it. */
  #keep({ row, keys }: OpenSandbox, sha256: string): boolean {
    const sql = `INSERT OR IGNORE INTO pending
      SELECT ?, hold FROM holds WHERE sandbox = ? AND digest = ? RETURNING hold`;
    const digest = keys.digest('content', sha256);
    if (this.#vault.connection.run(sql, this.#writer.id, row, digest) > 0) return true;
    const known = 'SELECT 1 FROM holds WHERE sandbox = ? AND digest = ?';
    return this.#vault.connection.get(known, row, digest) !== undefined;
  }
}

function createDraft(sha256: string, content: Uint8Array): Draft {
  const key = newKey();
  const cipher = new ContentCipher(key);
  return { sha256, content, key, cipher, file: cipher.fileName(sha256) };
}

/** Works through the items, a few at the same time; rejects when all that began has ended. */
async function atOnce<T>(items: Iterator<T> & Iterable<T>, work: (item: T) => Promise<void>) {
  const lane = async (): Promise<void> => {
    for (const item of items) await work(item);
  };
  const results = await Promise.allSettled(Array.from({ length: AT_ONCE }, lane));
  for (const result of results) if (result.status === 'rejected') throw result.reason;
}
