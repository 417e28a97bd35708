/** The keys of sandboxes: wrapped in the database, opened in this process's memory. */
import { randomUUID } from 'node:crypto';
import type { KeyProvider } from '../../contract/keys.js';
import { StoreError } from '../../errors.js';
import { DirectoryKeys } from '../../sealing/directory-keys.js';
import { KEY_BYTES, newKey } from '../../sealing/key-parts.js';
import { SandboxKeys } from '../../sealing/sandbox-keys.js';
import type { Connection, Row } from './connection.js';
import { PAD_BYTES } from './schema.js';
import { corrupt } from './sqlite-errors.js';

/** The directory's own key has this id. */
const DIRECTORY = 'directory';
/** Of so many sandboxes, keys are held in memory. */
const MOST_KNOWN = 10_000;
const ROTATED_AT_ONCE = 100;

/** A sandbox's key that is not in the database yet. */
export interface NewKey {
  keys: SandboxKeys;
  wrapped: Uint8Array;
}

export class KeyRing {
  readonly #connection: Connection;
  readonly #provider: KeyProvider;
  readonly #known = new Map<string, SandboxKeys>();
  readonly #gone = new Set<string>();

  constructor(connection: Connection, provider: KeyProvider) {
    this.#connection = connection;
    this.#provider = provider;
  }

  known(id: string): SandboxKeys | undefined {
    return this.#known.get(id);
  }

  /** It was looked for, and is not there: no other one ever has its id. */
  isGone(id: string): boolean {
    return this.#gone.has(id);
  }

  /** Unwraps keys. */
  async load(ids: readonly string[]): Promise<void> {
    const rows = await this.#connection.read(() => ids.map((id) => this.#row(id)));
    await Promise.all(
      rows.map(async (row, index) => {
        if (!row) this.#gone.add(ids[index] as string);
        else this.#remember(new SandboxKeys(row.id as string, await this.#unwrap(row)));
      }),
    );
  }

  async create(): Promise<NewKey> {
    const [id, key] = [newId(), newKey()];
    return { keys: new SandboxKeys(id, key), wrapped: await this.#wrap(key, id) };
  }

  /** Inside a transaction. */
  insert({ keys, wrapped }: NewKey): void {
    this.#insert(keys.id, wrapped);
    this.#remember(keys);
  }

  /** Inside a transaction: nothing opens what it sealed from its commit on. */
  destroy(id: string): void {
    this.#connection.run('DELETE FROM keys WHERE id = ?', id);
    this.#known.delete(id);
  }

  /** Inside a transaction: those that no sandbox has. */
  destroyUnused(): void {
    this.#connection.run(
      `DELETE FROM keys WHERE id <> ? AND NOT EXISTS
       (SELECT 1 FROM sandboxes INDEXED BY sandboxes_by_key_id WHERE key_id = keys.id)`,
      DIRECTORY,
    );
  }

  /** Makes the directory's key where there is none. */
  async directory(): Promise<DirectoryKeys> {
    if (!(await this.#connection.read(() => this.#row(DIRECTORY)))) {
      const wrapped = await this.#wrap(newKey(), DIRECTORY);
      await this.#connection.write(() => {
        if (this.#row(DIRECTORY)) return;
        if (this.#connection.get('SELECT 1 FROM sandboxes')) {
          throw corrupt(this.#connection.file, 'its own key is missing');
        }
        this.#insert(DIRECTORY, wrapped);
      });
    }
    const row = await this.#connection.read(() => this.#row(DIRECTORY));
    return new DirectoryKeys(await this.#unwrap(row as Row));
  }

  /** Wraps each key anew, some in one transaction; `last` runs in the last one. */
  async rotate(last: (count: number) => void): Promise<number> {
    let after = '';
    let count = 0;
    for (;;) {
      const rows = await this.#connection.read(() =>
        this.#connection.all(
          'SELECT id, provider, wrapped FROM keys WHERE id > ? ORDER BY id LIMIT ?',
          after,
          ROTATED_AT_ONCE,
        ),
      );
      const wrapped = await Promise.all(
        rows.map(async (row) => this.#wrap(await this.#unwrap(row), row.id as string)),
      );
      await this.#connection.write(() => {
        for (const [index, { id }] of rows.entries()) {
          count += this.#connection.run(
            'UPDATE keys SET provider = ?, wrapped = ? WHERE id = ?',
            this.#provider.id,
            wrapped[index] as Uint8Array,
            id as string,
          );
        }
        if (rows.length < ROTATED_AT_ONCE) last(count);
      });
      if (rows.length < ROTATED_AT_ONCE) return count;
      after = rows.at(-1)?.id as string;
    }
  }

  #row(id: string): Row | undefined {
    return this.#connection.get('SELECT id, provider, wrapped FROM keys WHERE id = ?', id);
  }

  #insert(id: string, wrapped: Uint8Array): void {
    const sql = `INSERT INTO keys VALUES (?, zeroblob(${PAD_BYTES}), ?, ?)`;
    this.#connection.run(sql, id, this.#provider.id, wrapped);
  }

  #remember(keys: SandboxKeys): void {
    this.#known.set(keys.id, keys);
    if (this.#known.size <= MOST_KNOWN) return;
    this.#known.delete(this.#known.keys().next().value as string);
  }

  async #wrap(key: Uint8Array, id: string): Promise<Uint8Array> {
    const wrapped = await this.#ask(id, () => this.#provider.wrap(key, contextOf(id)));
    if (wrapped instanceof Uint8Array && wrapped.length > 0) return wrapped;
    throw this.#refused(id, 'it gave no bytes');
  }

  async #unwrap({ id, provider, wrapped }: Row): Promise<Uint8Array> {
    const bytes = wrapped as Uint8Array;
    const [name, by] = [id as string, provider as string];
    const ask = () => this.#provider.unwrap(bytes, contextOf(name));
    const key = await this.#ask(name, ask, by);
    if (key instanceof Uint8Array && key.length === KEY_BYTES) return key;
    throw this.#refused(name, `it gave no key of ${KEY_BYTES} bytes`, by);
  }

  async #ask<T>(id: string, work: () => Promise<T>, wrappedBy?: string): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (StoreError.isInstance(error)) throw error;
      throw this.#refused(id, (error as Error)?.message ?? String(error), wrappedBy, error);
    }
  }

  #refused(id: string, reason: string, wrappedBy?: string, cause?: unknown): StoreError {
    const { id: provider } = this.#provider;
    return new StoreError('KEY_REFUSED', `The key provider '${provider}' refused: ${reason}.`, {
      details: { provider, wrappedBy, key: id, reason },
      cause,
    });
  }
}

/** Ordered by time, so that keys that are looked for together lie together. */
const newId = (): string => `${Date.now().toString(16).padStart(12, '0')}-${randomUUID()}`;

const contextOf = (id: string): string => `belljar ${id}`;
