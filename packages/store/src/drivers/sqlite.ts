/** A SQLite database and, beside it, files of content, all sealed: known from one process to the next. */
import { resolve } from 'node:path';
import { checkKeyProvider } from '../check-key-provider.js';
import type { KeyProvider } from '../contract/keys.js';
import { createLeaseOwner } from '../lease-owner.js';
import { localKeyProvider } from '../sealing/local-key-provider.js';
import type { Store, StoreStatistics } from '../store.js';
import { exportSandbox } from '../transfer/export-sandbox.js';
import { importSandbox } from '../transfer/import-sandbox.js';
import { AuditRows } from './sqlite/audit-rows.js';
import { BlobFiles } from './sqlite/blob-files.js';
import { BlobWriter } from './sqlite/blob-writer.js';
import { Connection } from './sqlite/connection.js';
import { Eraser } from './sqlite/erase.js';
import { KeyRing } from './sqlite/key-ring.js';
import { preparePrivateFolder, refuseKeyInside } from './sqlite/private-folder.js';
import { createSqliteAudit } from './sqlite/sqlite-audit.js';
import { createSqliteBlobs } from './sqlite/sqlite-blobs.js';
import { createSqliteCheckpoints } from './sqlite/sqlite-checkpoints.js';
import { createSqliteJournal } from './sqlite/sqlite-journal.js';
import { landInSqlite } from './sqlite/sqlite-landing.js';
import { createSqliteLeases } from './sqlite/sqlite-leases.js';
import { createSqliteSandboxes } from './sqlite/sqlite-sandboxes.js';
import { Vault } from './sqlite/vault.js';
import { Writer } from './sqlite/writer.js';

export interface SqliteStoreOptions {
  /** Made where it is missing, in a folder that is there. On a local file system: several processes may open it at once. */
  directory: string;
  /**
   * What a commit outlives. `'process'` (the default): the end of the process, a `kill -9` included.
   * `'power-loss'`: also the end of the machine, at the price of a write to the disk for each.
   */
  durability?: 'process' | 'power-loss' | undefined;
  /** Wraps the keys that everything is sealed with. By default `localKeyProvider()`. */
  keyProvider?: KeyProvider | undefined;
}

/** `KEY_REFUSED` when the provider does not open what is there. */
export async function createSqliteStore(options: SqliteStoreOptions): Promise<Store> {
  const directory = resolve(options.directory);
  const provider = checkKeyProvider(options.keyProvider ?? localKeyProvider());
  refuseKeyInside(directory, provider);
  const sync = options.durability === 'power-loss';
  await preparePrivateFolder(directory);
  const connection = await Connection.open(directory, sync ? 'FULL' : 'NORMAL');
  try {
    const ring = new KeyRing(connection, provider);
    const keys = await ring.directory();
    const process = createLeaseOwner();
    const vault = new Vault(connection, ring, keys, new AuditRows(connection, keys, process));
    const files = await BlobFiles.open(directory, sync);
    const writer = await Writer.register(connection, files, process);
    const eraser = new Eraser(vault, writer);
    await eraser.finishWhatWasLeft();
    return storeOf(vault, files, writer, eraser, provider);
  } catch (error) {
    connection.close();
    throw error;
  }
}

function storeOf(
  vault: Vault,
  files: BlobFiles,
  writer: Writer,
  eraser: Eraser,
  provider: KeyProvider,
): Store {
  const { connection } = vault;
  const blobs = new BlobWriter(vault, files, writer);
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
  const store: Store = {
    capabilities: Object.freeze({ durable: true }),
    ...createSqliteSandboxes(vault, (id, what) => eraser.erase(id, what)),
    ...createSqliteJournal(vault, writer),
    ...createSqliteCheckpoints(vault, writer),
    ...createSqliteLeases(vault),
    ...createSqliteBlobs(vault, files, blobs),
    audit: createSqliteAudit(vault),
    exportSandbox: (id) => exportSandbox(store, provider, id),
    async importSandbox(stream, change) {
      connection.assertOpen();
      const place = { vault, files, writer, eraser };
      return importSandbox((record) => landInSqlite(place, record), provider, stream, change);
    },
    async rotateKeys() {
      connection.assertOpen();
      return vault.ring.rotate((keys) => {
        vault.audit.tell({ what: 'rotate-keys', details: { keys } });
      });
    },
    async statistics() {
      const row = await connection.read(() =>
        connection.get(
          `SELECT (SELECT count(*) FROM sandboxes WHERE kind <> 'importing') AS sandboxes,
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
  return store;
}
