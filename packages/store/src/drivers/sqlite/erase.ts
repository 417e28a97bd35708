/** Deleting: rows, files, and what the log still has of them. */
import { dropBlobs } from './blob-uses.js';
import type { Connection } from './connection.js';
import { rowOfId } from './sandbox-rows.js';
import { unavailable } from './sqlite-errors.js';
import type { Writer } from './writer.js';

/** Blobs or executions of one transaction: others wait no longer. */
const AT_ONCE = 200;

export class Eraser {
  readonly #connection: Connection;
  readonly #writer: Writer;
  #running: Promise<void> = Promise.resolve();
  #next: Promise<void> | undefined;
  /** Something was deleted and the log was not emptied since. */
  #due = false;

  constructor(connection: Connection, writer: Writer) {
    this.#connection = connection;
    this.#writer = writer;
  }

  /** State `deleting` is committed first, so that what is cut off here is finished later. */
  async erase(id: string): Promise<void> {
    const connection = this.#connection;
    const row = await connection.write(() => {
      const found = rowOfId(connection, id)?.row as number | undefined;
      if (found !== undefined) {
        connection.run("UPDATE sandboxes SET state = 'deleting' WHERE row = ?", found);
      }
      return found;
    });
    if (row !== undefined) {
      this.#due = true;
      for (;;) {
        const files = await connection.write(() => this.#releaseBlobs(row));
        if (files === undefined) break;
        await this.#writer.removeFiles(files);
      }
      while (await connection.write(() => this.#removeExecutions(row)));
      await connection.write(() => {
        connection.run('DELETE FROM checkpoints WHERE sandbox = ?', row);
        connection.run('DELETE FROM labels WHERE sandbox = ?', row);
        connection.run('DELETE FROM leases WHERE sandbox = ?', row);
        connection.run('DELETE FROM sandbox_texts WHERE sandbox = ?', row);
        connection.run('DELETE FROM sandboxes WHERE row = ?', row);
      });
    }
    if (this.#due) await this.#emptyLog();
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
    const deleting = await connection.read(() =>
      connection.all("SELECT id FROM sandboxes WHERE state = 'deleting'"),
    );
    for (const { id } of deleting) await this.erase(id as string);
    // A deletion may have been cut off before it emptied the log.
    await connection.emptyLog(0);
  }
}
