/** One connection to the database: statements, transactions, and patience with other processes. */
import { closeSync, existsSync, openSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSync, SQLInputValue, SQLOutputValue, StatementSync } from 'node:sqlite';
import { setTimeout as pause } from 'node:timers/promises';
import { storeClosed } from '../../refusals.js';
import { BLOBS_FOLDER } from './blob-files.js';
import { checkVersion, createTables, migrate, rewriteVersion } from './schema.js';
import { corrupt, explainSqlite, isBusy, unavailable } from './sqlite-errors.js';

/** How long SQLite itself waits for another process, with this process's event loop standing. */
const WAIT_INSIDE_MS = 10;
/** How long a call waits in all. A transaction takes less than a millisecond. */
const WAIT_MS = 30_000;
/** Pages of the database in this process's memory. */
const CACHE_KIB = 8_192;
const MOST_PAUSE_MS = 20;
/** A log of so many commits is moved to the database when nothing was written for a moment. */
const LOG_COMMITS = 200;
const LOG_IDLE_MS = 100;
/** Where nothing is ever idle, a commit moves it at so many pages of 4 KiB. */
const LOG_MOST_PAGES = 8_000;

export type Row = Record<string, SQLOutputValue>;

export class Connection {
  readonly file: string;
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  #closed = false;
  #commits = 0;
  #logTimer: NodeJS.Timeout | undefined;

  private constructor(database: DatabaseSync, file: string) {
    this.#database = database;
    this.file = file;
  }

  /** Makes the database where there is none. */
  static async open(directory: string, synchronous: 'NORMAL' | 'FULL'): Promise<Connection> {
    // Not loaded by those who keep nothing: some versions of Node 24 warn that it is experimental.
    const { DatabaseSync } = await import('node:sqlite');
    const file = join(directory, 'belljar.db');
    makePrivate(file);
    let database: DatabaseSync;
    try {
      database = new DatabaseSync(file, { timeout: WAIT_INSIDE_MS });
    } catch (error) {
      throw explainSqlite(error, file);
    }
    const connection = new Connection(database, file);
    try {
      await connection.#prepare(directory, synchronous);
      return connection;
    } catch (error) {
      database.close();
      throw error;
    }
  }

  async #prepare(directory: string, synchronous: string): Promise<void> {
    const database = this.#database;
    await this.snapshot(() => checkVersion(database, this.file));
    const mode = await this.#patiently(() => this.get('PRAGMA journal_mode = WAL')?.journal_mode);
    if (mode !== 'wal') throw unavailable(this.file, 'its file system cannot share memory');
    // What is sorted or spilled stays in memory: no other file ever has a row.
    for (const setting of [
      `synchronous = ${synchronous}`,
      'secure_delete = ON',
      'temp_store = MEMORY',
      `cache_size = -${CACHE_KIB}`,
      `wal_autocheckpoint = ${LOG_MOST_PAGES}`,
      'trusted_schema = OFF',
    ]) {
      await this.#patiently(() => database.exec(`PRAGMA ${setting}`));
    }
    await this.write(() => {
      const version = checkVersion(database, this.file);
      if (version === 'ours') return;
      if (version === 'older') return migrate(database);
      if (existsSync(join(directory, BLOBS_FOLDER))) {
        throw corrupt(this.file, 'it is empty, and there are blobs beside it');
      }
      createTables(database);
    });
  }

  /** For values of one row or none. */
  get(sql: string, ...values: SQLInputValue[]): Row | undefined {
    return this.#statement(sql).get(...values);
  }

  all(sql: string, ...values: SQLInputValue[]): Row[] {
    return this.#statement(sql).all(...values);
  }

  run(sql: string, ...values: SQLInputValue[]): number {
    return Number(this.#statement(sql).run(...values).changes);
  }

  #statement(sql: string): StatementSync {
    const known = this.#statements.get(sql);
    if (known) return known;
    const statement = this.#database.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }

  assertOpen(): void {
    if (this.#closed) throw storeClosed();
  }

  /** Runs statements that write nothing. */
  async read<T>(work: () => T): Promise<T> {
    return this.#patiently(work);
  }

  /** The same for several that another process's commit must not come between. */
  async snapshot<T>(work: () => T): Promise<T> {
    return this.#patiently(() => {
      this.run('BEGIN');
      try {
        return work();
      } finally {
        if (this.#database.isTransaction) this.run('COMMIT');
      }
    });
  }

  /** Runs `work` in a transaction that no other process writes beside. It must not wait. */
  async write<T>(work: () => T): Promise<T> {
    return this.#patiently(() => {
      this.run('BEGIN IMMEDIATE');
      try {
        const result = work();
        this.run('COMMIT');
        this.#written();
        return result;
      } catch (error) {
        if (this.#database.isTransaction) this.run('ROLLBACK');
        throw error;
      }
    });
  }

  #written(): void {
    this.#commits += 1;
    if (this.#commits < LOG_COMMITS) return;
    if (this.#logTimer) this.#logTimer.refresh();
    else this.#logTimer = setTimeout(() => this.#shortenLog(), LOG_IDLE_MS).unref();
  }

  /** Two waits for the disk, between calls: without it one call in fifty has them. */
  #shortenLog(): void {
    this.#logTimer = undefined;
    this.#commits = 0;
    try {
      const row = this.get('PRAGMA wal_checkpoint(PASSIVE)');
      if (row?.log !== row?.checkpointed) return;
      // The first write to a log that begins anew waits for its head to be on the disk.
      this.run('BEGIN IMMEDIATE');
      rewriteVersion(this.#database);
      this.run('COMMIT');
    } catch {
      // The log serves as well; what is wrong is said by the next call.
      if (this.#database.isTransaction) this.run('ROLLBACK');
    }
  }

  /**
   * Moves all that is in the log to the database and empties the log, where deleted bytes still are.
   * Resolves to false when other processes kept reading all the time.
   */
  async emptyLog(waitMs = WAIT_MS): Promise<boolean> {
    const deadline = performance.now() + waitMs;
    for (;;) {
      const row = await this.#patiently(() => this.get('PRAGMA wal_checkpoint(TRUNCATE)'));
      if (row?.busy === 0) return true;
      if (performance.now() > deadline) return false;
      await pause(Math.random() * MOST_PAUSE_MS);
    }
  }

  /** Another process's turn is waited for without holding up this one. */
  async #patiently<T>(work: () => T): Promise<T> {
    const deadline = performance.now() + WAIT_MS;
    for (;;) {
      this.assertOpen();
      try {
        return work();
      } catch (error) {
        if (!isBusy(error) || performance.now() > deadline) throw explainSqlite(error, this.file);
      }
      await pause(Math.random() * MOST_PAUSE_MS);
    }
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#logTimer);
    this.#statements.clear();
    this.#database.close();
  }
}

/**
 * SQLite would give the file the process's own mode. It is opened here only to make it: closing a
 * file takes away the locks that this process has on it.
 */
function makePrivate(file: string): void {
  try {
    closeSync(openSync(file, 'wx', 0o600));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}
