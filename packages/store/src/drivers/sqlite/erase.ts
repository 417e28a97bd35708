/** Deleting: rows, files, and what the log still has of them. */
import { dropBlobs } from './blob-uses.js';
import type { Connection } from './connection.js';
import { IMPORTING } from './sealed-state.js';
import { unavailable } from './sqlite-errors.js';
import type { Vault } from './vault.js';
import type { Writer } from './writer.js';

/** Blobs or executions of one transaction: others wait no longer. */
const AT_ONCE = 200;

export class Eraser {
  readonly #vault: Vault;
  readonly #connection: Connection;
  readonly #writer: Writer;
  #running: Promise<void> = Promise.resolve();
  #next: Promise<void> | undefined;
  /** Something was deleted and the log was not emptied since. */
  #due = false;

  constructor(vault: Vault, writer: Writer) {
    this.#vault = vault;
    this.#connection = vault.connection;
    this.#writer = writer;
  }

  /**
   * State `deleting` is committed first, with the end of the key: from then on nothing opens what is
   * left. What is cut off here is finished later.
   */
  async erase(id: string, what: 'delete' | 'expire' = 'delete'): Promise<void> {
    const vault = this.#vault;
    // One whose record cannot be opened is deleted all the same.
    const owner = await vault.read(() => vault.sandbox(id)?.owner).catch(() => undefined);
    const row = await this.#connection.write(() => this.#destroyKey(id, what, owner));
    if (row !== undefined) await this.#removeAll(row);
    if (this.#due) await this.#emptyLog();
  }

  /** What was imported so far. */
  async eraseLanding(id: string): Promise<void> {
    const connection = this.#connection;
    const row = await connection.write(() => {
      const sql = `UPDATE sandboxes SET state = 'deleting' WHERE id = ? AND kind = ?
        RETURNING row, key_id`;
      const found = connection.get(sql, id, IMPORTING);
      if (found) this.#vault.ring.destroy(found.key_id as string);
      return found?.row as number | undefined;
    });
    if (row !== undefined) await this.#removeAll(row);
  }

  /** After the end of its key. */
  async #removeAll(row: number): Promise<void> {
    this.#due = true;
    const emptied = this.#emptyLog();
    // What cannot be reached in the log now is said when the rest is gone.
    await emptied.catch(() => {});
    await this.#removeRows(row);
    await emptied;
  }

  /** Returns the row's number; undefined when there is none. */
  #destroyKey(
    id: string,
    what: 'delete' | 'expire',
    owner: string | undefined,
  ): number | undefined {
    const connection = this.#connection;
    const found = connection.get('SELECT * FROM sandboxes WHERE id = ?', id);
    if (!found || found.kind === IMPORTING) return undefined;
    if (found.state !== 'deleting' || owner !== undefined) {
      this.#vault.audit.append({ what, sandboxId: id, owner });
    }
    // A row that somebody changed may name another sandbox's key.
    const [key, row] = [found.key_id as string, found.row as number];
    const others = 'SELECT 1 FROM sandboxes WHERE key_id = ? AND row <> ?';
    if (!connection.get(others, key, row)) this.#vault.ring.destroy(key);
    connection.run("UPDATE sandboxes SET state = 'deleting' WHERE row = ?", found.row as number);
    return found.row as number;
  }

  async #removeRows(row: number): Promise<void> {
    const connection = this.#connection;
    for (;;) {
      const files = await connection.write(() => this.#releaseBlobs(row));
      if (files === undefined) break;
      await this.#writer.removeFiles(files);
    }
    while (await connection.write(() => this.#removeExecutions(row)));
    await connection.write(() => {
      for (const table of ['checkpoints', 'labels', 'leases', 'imports']) {
        connection.run(`DELETE FROM ${table} WHERE sandbox = ?`, row);
      }
      connection.run('DELETE FROM sandboxes WHERE row = ?', row);
    });
  }

  /** Returns files of content that nobody holds any more; undefined when all holds are gone. */
  #releaseBlobs(row: number): string[] | undefined {
    const connection = this.#connection;
    const held = connection.all(
      `DELETE FROM holds WHERE hold IN (SELECT hold FROM holds WHERE sandbox = ? LIMIT ?)
       RETURNING hold, blob`,
      row,
      AT_ONCE,
    );
    if (held.length === 0) return undefined;
    const holds = JSON.stringify(held.map(({ hold }) => hold));
    for (const table of ['uses', 'pending']) {
      connection.run(`DELETE FROM ${table} WHERE hold IN (SELECT value FROM json_each(?))`, holds);
    }
    const blobs = held.map(({ blob }) => blob as number);
    return dropBlobs(connection, blobs, this.#writer.id);
  }

  #removeExecutions(row: number): boolean {
    const connection = this.#connection;
    const last = connection.get(
      `SELECT max(position) AS position, count(*) AS n FROM
       (SELECT position FROM executions WHERE sandbox = ? ORDER BY position LIMIT ?)`,
      row,
      AT_ONCE,
    );
    if (last?.n === 0) return false;
    for (const table of ['outcomes', 'executions']) {
      const sql = `DELETE FROM ${table} WHERE sandbox = ? AND position <= ?`;
      connection.run(sql, row, last?.position as number);
    }
    return last?.n === AT_ONCE;
  }

  /** One for all that are deleted at the same time. Begins after the call. */
  #emptyLog(): Promise<void> {
    this.#next ??= this.#running
      .catch(() => {})
      .then(() => {
        this.#next = undefined;
        this.#running = this.#emptyLogOnce();
        return this.#running;
      });
    return this.#next;
  }

  async #emptyLogOnce(): Promise<void> {
    this.#due = false;
    if (await this.#connection.emptyLog()) return;
    this.#due = true;
    throw unavailable(
      `${this.#connection.file}-wal`,
      'it still has what was deleted, and another process has been reading it for too long',
    );
  }

  /** What processes that are gone left half done. */
  async finishWhatWasLeft(): Promise<void> {
    const connection = this.#connection;
    await this.#writer.sweep();
    const left = await connection.read(() =>
      connection.all(
        `SELECT id, row, kind FROM sandboxes WHERE state = 'deleting' OR (kind = ? AND NOT EXISTS
         (SELECT 1 FROM imports JOIN writers USING (writer) WHERE sandbox = sandboxes.row))`,
        IMPORTING,
      ),
    );
    for (const { id, kind } of left) {
      if (kind === IMPORTING) await this.eraseLanding(id as string);
      else await this.erase(id as string);
    }
    await connection.write(() => this.#vault.ring.destroyUnused());
    // A deletion may have been cut off before it emptied the log.
    await connection.emptyLog(0);
  }
}
