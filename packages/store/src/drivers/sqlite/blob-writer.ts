/** Puts content: its files are written between two commits, the first of which names them. */
import { checkExecutionId } from '../../check-execution.js';
import { invalid } from '../../check-input.js';
import { contentHash } from '../../content-hash.js';
import { storeClosed } from '../../refusals.js';
import { ContentCipher } from '../../sealing/content-cipher.js';
import { newKey } from '../../sealing/key-parts.js';
import type { BlobFiles } from './blob-files.js';
import { insertHold } from './blob-holds.js';
import { addLooseFiles, keepForDraft, removeLooseFiles } from './blob-uses.js';
import type { OpenSandbox } from './open-sandbox.js';
import type { Vault } from './vault.js';
import type { Writer } from './writer.js';

/** As many threads as Node has for such work. */
const AT_ONCE = 4;

interface NewContent {
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
  async put(sandboxId: string, contents: readonly Uint8Array[], draft: string): Promise<string[]> {
    if (this.#closed) throw storeClosed();
    checkExecutionId(draft, 'draft');
    if (!Array.isArray(contents)) throw invalid('contents', 'must be a list');
    for (const content of contents) {
      if (!(content instanceof Uint8Array)) throw invalid('content', 'must be a Uint8Array');
    }
    const running = this.#put(sandboxId, contents, draft);
    this.#running.add(running);
    try {
      return await running;
    } finally {
      this.#running.delete(running);
    }
  }

  /** Lets go of what was put for a draft. */
  async release(sandboxId: string, draft: string): Promise<void> {
    checkExecutionId(draft, 'draft');
    const files = await this.#vault.write(() => {
      const sandbox = this.#vault.sandbox(sandboxId);
      return sandbox ? this.#writer.endDraft(sandbox, draft) : [];
    });
    await this.#writer.afterDraft(sandboxId, draft, files);
  }

  /** Resolves when nothing is written any more. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.allSettled(this.#running);
  }

  async #put(sandboxId: string, contents: readonly Uint8Array[], draft: string): Promise<string[]> {
    const hashes: string[] = [];
    await atOnce(contents.entries(), async ([index, content]) => {
      hashes[index] = await contentHash(content);
    });
    const byHash = new Map(hashes.map((sha256, index) => [sha256, contents[index] as Uint8Array]));
    this.#writer.beginDraft(sandboxId, draft);
    const fresh = await this.#vault.write(() => this.#begin(sandboxId, byHash, draft));
    if (fresh.length === 0) return hashes;
    let unused = fresh.map(({ file }) => file);
    try {
      await atOnce(fresh.values(), ({ file, cipher, content }) =>
        this.#files.write(file, cipher.encrypt(content)),
      );
      unused = await this.#vault.write(() => this.#end(sandboxId, fresh, draft));
    } finally {
      // After a failure they stay loose when they cannot be removed now.
      await this.#writer.removeFiles(unused).catch(() => {});
    }
    return hashes;
  }

  /** Content that is held already is the draft's too; the rest gets a file's name. */
  #begin(sandboxId: string, byHash: ReadonlyMap<string, Uint8Array>, draft: string): NewContent[] {
    const sandbox = this.#vault.writable(sandboxId);
    const fresh: NewContent[] = [];
    for (const [sha256, content] of byHash) {
      if (this.#keep(sandbox, sha256, draft)) continue;
      fresh.push(newContent(sha256, content));
    }
    const names = fresh.map(({ file }) => file);
    addLooseFiles(this.#vault.connection, names, this.#writer.id);
    return fresh;
  }

  /** Returns the files that nothing came to need. */
  #end(sandboxId: string, fresh: readonly NewContent[], draft: string): string[] {
    const sandbox = this.#vault.writable(sandboxId);
    const placed: string[] = [];
    const unused: string[] = [];
    for (const one of fresh) {
      // Somebody else may have put the same meanwhile.
      if (this.#keep(sandbox, one.sha256, draft)) unused.push(one.file);
      else {
        this.#place(sandbox, one);
        this.#keep(sandbox, one.sha256, draft);
        placed.push(one.file);
      }
    }
    removeLooseFiles(this.#vault.connection, placed);
    return unused;
  }

  #place(sandbox: OpenSandbox, { sha256, content, key, file }: NewContent): void {
    const { connection } = this.#vault;
    const sizeBytes = content.length;
    const sql = 'INSERT INTO blobs (file, size_bytes) VALUES (?, ?) RETURNING blob';
    const number = connection.get(sql, file, sizeBytes)?.blob as number;
    insertHold(connection, sandbox, sha256, { number, key, sizeBytes });
  }

  #keep(sandbox: OpenSandbox, sha256: string, draft: string): boolean {
    const open = { draft, writer: this.#writer.id };
    return keepForDraft(this.#vault.connection, sandbox, sha256, open);
  }
}

function newContent(sha256: string, content: Uint8Array): NewContent {
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
