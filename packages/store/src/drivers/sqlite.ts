/** A SQLite database and, beside it, content-addressed files: known from one process to the next. */
import { resolve } from 'node:path';
import type { Store, StoreStatistics } from '../store.js';
import { BlobFiles } from './sqlite/blob-files.js';
import { BlobWriter } from './sqlite/blob-writer.js';
import { Connection } from './sqlite/connection.js';
import { Eraser } from './sqlite/erase.js';
import { preparePrivateFolder } from './sqlite/private-folder.js';
import { createSqliteBlobs } from './sqlite/sqlite-blobs.js';
import { createSqliteCheckpoints } from './sqlite/sqlite-checkpoints.js';
import { createSqliteJournal } from './sqlite/sqlite-journal.js';
import { createSqliteLeases } from './sqlite/sqlite-leases.js';
import { createSqliteSandboxes } from './sqlite/sqlite-sandboxes.js';
import { Writer } from './sqlite/writer.js';

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
    const writer = await Writer.register(connection, files);
    const eraser = new Eraser(connection, writer);
    await eraser.finishWhatWasLeft();
    return storeOf(connection, files, writer, eraser);
  } catch (error) {
    connection.close();
    throw error;
  }
}

function storeOf(connection: Connection, files: BlobFiles, writer: Writer, eraser: Eraser): Store {
  const blobs = new BlobWriter(connection, files, writer);
  async function closeOnce(): Promise<void> {
    await blobs.close();
    // What cannot be removed now is so when this process has ended.
    await writer.leave().catch(() => {});
    connection.close();
  }
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closing ??= closeOnce();
    return closing;
  };
  return {
    capabilities: Object.freeze({ durable: true }),
    ...createSqliteSandboxes(connection, (id) => eraser.erase(id)),
    ...createSqliteJournal(connection, writer),
    ...createSqliteCheckpoints(connection, writer),
    ...createSqliteLeases(connection),
    ...createSqliteBlobs(connection, files, blobs),
    async statistics() {
      const row = await connection.read(() =>
        connection.get(
          `SELECT (SELECT count(*) FROM sandboxes) AS sandboxes,
             (SELECT count(*) FROM executions) AS executions,
             (SELECT count(*) FROM checkpoints) AS checkpoints,
             count(*) AS blobs, coalesce(sum(size_bytes), 0) AS blobBytes FROM blobs`,
        ),
      );
      return { ...(row as unknown as StoreStatistics) };
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}
