/** The database of a store, as somebody sees it who can write the file. */
import { join } from 'node:path';
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';

export type Cells = Record<string, SQLInputValue>;

/** Runs `work` beside the store, or while it is closed. */
export function tamper<T>(directory: string, work: (database: DatabaseSync) => T): T {
  const database = new DatabaseSync(join(directory, 'belljar.db'));
  try {
    return work(database);
  } finally {
    database.close();
  }
}

export function rows(directory: string, sql: string, ...values: SQLInputValue[]): Cells[] {
  return tamper(directory, (database) => database.prepare(sql).all(...values) as Cells[]);
}

/** Puts a row in, in place of one that is there. */
export function putRow(directory: string, table: string, row: Cells): void {
  const names = Object.keys(row);
  const places = names.map(() => '?').join(', ');
  const sql = `INSERT OR REPLACE INTO ${table} (${names.join(', ')}) VALUES (${places})`;
  tamper(directory, (database) => database.prepare(sql).run(...Object.values(row)));
}
