/** A SQLite database and, beside it, content-addressed files: known from one process to the next. */
import { resolve } from 'node:path';
import type { Store, StoreStatistics } from '../store.js';
import { BlobFiles } from './sqlite/blob-files.js';
import { Connection } from './sqlite/connection.js';
import { Eraser } from './sqlite/erase.js';
import { preparePrivateFolder } from './sqlite/private-folder.js';
import { createSqliteBlobs } from './sqlite/sqlite-blobs.js';
import { createSqliteJournal } from './sqlite/sqlite-journal.js';
import { createSqliteLeases } from './sqlite/sqlite-leases.js';
import { createSqliteSandboxes } from './sqlite/sqlite-sandboxes.js';

export interface SqliteStoreOptions {
  /** Made where it is missing, in a folder that is there. On a local file system: several processes may open it at once. */
  directory: string;
  /**
   * What a commit outlives. `'process'` (the default): the end of the process, a `kill -9` included.
   * `'power-loss'`: also the end of the machine, at the price of a write to the disk for each.
   */
  durability?: 'process' | 'power-loss' | undefined;
}

export async function createSqliteStore(options: SqliteStoreOptions): Promise<Store> {
  const directory = resolve(options.directory);
  const sync = options.durability === 'power-loss';
  await preparePrivateFolder(directory);
  const connection = await Connection.open(directory, sync ? 'FULL' : 'NORMAL');
  try {
    const files = await BlobFiles.open(directory, sync);
    const eraser = new Eraser(connection, files);
    await eraser.finishWhatWasLeft();
    return storeOf(connection, files, eraser);
  } catch (error) {
    connection.close();
    throw error;
  }
}

function storeOf(connection: Connection, files: BlobFiles, eraser: Eraser): Store {
  async function close(): Promise<void> {
    connection.close();
  }
  return {
    capabilities: Object.freeze({ durable: true }),
    ...createSqliteSandboxes(connection, (id) => eraser.erase(id)),
    ...createSqliteJournal(connection),
    ...createSqliteLeases(connection),
    ...createSqliteBlobs(connection, files),
    async statistics() {
      const row = await connection.read(() =>
        connection.get(
          `SELECT (SELECT count(*) FROM sandboxes) AS sandboxes,
             (SELECT count(*) FROM executions) AS executions,
             count(*) AS blobs, coalesce(sum(size_bytes), 0) AS blobBytes FROM blobs`,
        ),
      );
      return { ...(row as unknown as StoreStatistics) };
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}
