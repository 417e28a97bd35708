/** What the SQLite driver has on disk, and what it says when that is not as it was left. */
import { hash } from 'node:crypto';
import {
  chmodSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { createSqliteStore } from '@belljar/store';
import { describe, expect, it } from 'vitest';
import { runEngine } from '../attacks/run-engine.js';
import { onReadOnly, onSmallDisk, withMounts } from '../helpers/mounts.js';
import { blobFiles, useDirectories } from '../helpers/sqlite-stores.js';
import { storeProgram } from '../helpers/store-program.js';
import {
  createdFile,
  executionFinish,
  executionStart,
  NOW,
  sandboxRecord,
} from '../helpers/store-records.js';

const makeDirectory = useDirectories();
const databaseOf = (directory: string): string => join(directory, 'belljar.db');
const refusal = (code: string, file: string) => ({
  name: 'StoreError',
  code,
  message: expect.stringContaining(file),
  details: { file },
});

const NOTHING = { sandboxes: 0, executions: 0, checkpoints: 0, blobs: 0, blobBytes: 0 };

/** A closed store with one sandbox, one entry and one blob; the blob's file. */
async function makeStore(directory: string): Promise<string> {
  await using store = await createSqliteStore({ directory });
  await store.createSandbox(sandboxRecord({}));
  await store.putBlob('a', Buffer.from('content'), 'e');
  const files = [createdFile('f', Buffer.from('content'))];
  await store.appendExecution('a', { ...executionStart({}), ...executionFinish({ files }) });
  return blobFiles(directory)[0] as string;
}

describe('the directory', () => {
  it('has a database, blobs and nothing else, for its user only', async () => {
    const directory = join(makeDirectory(), 'made');
    await using store = await createSqliteStore({ directory });
    await store.createSandbox(sandboxRecord({}));
    await store.putBlob('a', Buffer.from('x'), 'd');
    const [file = ''] = blobFiles(directory);
    const names = readdirSync(directory, { recursive: true, encoding: 'utf8' }).sort();
    expect(names).toEqual([
      'belljar.db',
      'belljar.db-shm',
      'belljar.db-wal',
      'blobs',
      relative(directory, dirname(file)),
      relative(directory, file),
    ]);
    for (const path of ['.', ...names].map((name) => join(directory, name))) {
      const status = statSync(path);
      expect([path, status.mode & 0o777]).toEqual([path, status.isDirectory() ? 0o700 : 0o600]);
    }
  });

  it('is made private when it is empty, and refused when it is open and has other files', async () => {
    const directory = makeDirectory();
    chmodSync(directory, 0o755);
    writeFileSync(join(directory, 'thesis.txt'), '');
    const refused = createSqliteStore({ directory });
    await expect(refused).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    expect(readdirSync(directory)).toEqual(['thesis.txt']);
    expect(statSync(directory).mode & 0o777).toBe(0o755);
    rmSync(join(directory, 'thesis.txt'));
    await (await createSqliteStore({ directory })).close();
    expect(statSync(directory).mode & 0o777).toBe(0o700);
  });

  it('keeps what was stored when it is opened again', async () => {
    const directory = makeDirectory();
    await makeStore(directory);
    for (const durability of ['process', 'power-loss'] as const) {
      await using store = await createSqliteStore({ directory, durability });
      expect(await store.getSandbox('a')).toEqual(sandboxRecord({}));
      expect(await store.getExecution('a', 'e')).toMatchObject({ status: 'ok' });
      const sha256 = hash('sha256', 'content');
      expect(Buffer.from((await store.getBlob('a', sha256)) ?? []).toString()).toBe('content');
      await store.putBlob('a', Buffer.from(durability), 'd');
    }
  });

  it('finishes a deletion that was cut off', async () => {
    const directory = makeDirectory();
    const file = await makeStore(directory);
    const database = new DatabaseSync(databaseOf(directory));
    database.exec("UPDATE sandboxes SET state = 'deleting'");
    database.close();
    await using store = await createSqliteStore({ directory });
    expect(await store.statistics()).toEqual(NOTHING);
    expect(statSync(file, { throwIfNoEntry: false })).toBeUndefined();
  });
});

describe('a version', () => {
  it('that is newer is refused, and the file is left as it is', async () => {
    const directory = makeDirectory();
    await makeStore(directory);
    const file = databaseOf(directory);
    const database = new DatabaseSync(file);
    database.exec('PRAGMA user_version = 999');
    database.close();
    const before = readFileSync(file);
    const opened = createSqliteStore({ directory });
    await expect(opened).rejects.toMatchObject(refusal('STORE_UNAVAILABLE', file));
    await expect(createSqliteStore({ directory })).rejects.toThrow('newer version');
    expect(readFileSync(file).equals(before)).toBe(true);
  });

  it('that is older is brought up to date, with what was put and not committed then', async () => {
    const directory = makeDirectory();
    await makeStore(directory);
    const database = new DatabaseSync(databaseOf(directory));
    // As version 3 had it, of a process that is gone.
    database.exec(`
      DROP TABLE pending;
      CREATE TABLE pending (
        writer INTEGER NOT NULL,
        hold INTEGER NOT NULL,
        PRIMARY KEY (writer, hold)
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX pending_by_hold ON pending (hold);
      INSERT INTO writers VALUES (77, '{"id":"x","pid":1,"processStart":"0","machine":"x"}', 0);
      INSERT INTO pending SELECT 77, hold FROM holds;
      DELETE FROM uses;
      ALTER TABLE executions DROP COLUMN whole;
      PRAGMA user_version = 3;`);
    database.close();
    await using store = await createSqliteStore({ directory });
    expect(await store.getExecution('a', 'e')).toMatchObject({ status: 'ok' });
    expect(await store.statistics()).toMatchObject({ executions: 1, blobs: 0 });
    expect(blobFiles(directory)).toEqual([]);
    await store.putBlob('a', Buffer.from('x'), 'd');
    await store.releaseBlobs('a', 'd');
    expect(blobFiles(directory)).toEqual([]);
  });

  it('of another program is refused', async () => {
    const directory = makeDirectory();
    const file = databaseOf(directory);
    const database = new DatabaseSync(file);
    database.exec('CREATE TABLE notes (text)');
    database.close();
    const opened = createSqliteStore({ directory });
    await expect(opened).rejects.toMatchObject(refusal('STORE_CORRUPT', file));
  });
});

describe('damage', () => {
  it.for<[string, (file: string) => void]>([
    ['is no database any more', (file) => writeFileSync(file, 'x'.repeat(40_000))],
    ['is empty', (file) => truncateSync(file, 0)],
    ['is missing', (file) => rmSync(file)],
    ['is cut', (file) => truncateSync(file, 3 * 4_096)],
  ])('is named when the database %s', async ([, damage]) => {
    const directory = makeDirectory();
    await makeStore(directory);
    const file = databaseOf(directory);
    damage(file);
    const use = async () => {
      await using store = await createSqliteStore({ directory });
      await store.getSandbox('a');
      await store.listSandboxes({ pageSize: 9, now: NOW });
      await store.getExecution('a', 'e');
    };
    await expect(use()).rejects.toMatchObject(refusal('STORE_CORRUPT', file));
  });

  it('of pages is named by the calls that need them', async () => {
    const directory = makeDirectory();
    await makeStore(directory);
    const file = databaseOf(directory);
    const bytes = readFileSync(file);
    bytes.fill(0xff, 4_096);
    writeFileSync(file, bytes);
    const use = async () => {
      await using store = await createSqliteStore({ directory });
      await store.getSandbox('a');
    };
    await expect(use()).rejects.toMatchObject(refusal('STORE_CORRUPT', file));
  });

  it.for<[string, (file: string) => void]>([
    ['missing', (file) => rmSync(file)],
    ['another content', (file) => writeFileSync(file, 'CONTENT')],
    ['cut', (file) => truncateSync(file, 3)],
    ['longer', (file) => writeFileSync(file, 'content and more')],
  ])('of a blob is named: %s', async ([, damage]) => {
    const directory = makeDirectory();
    const file = await makeStore(directory);
    damage(file);
    await using store = await createSqliteStore({ directory });
    const sha256 = hash('sha256', 'content');
    const expected = refusal('STORE_CORRUPT', file);
    await expect(store.getBlob('a', sha256)).rejects.toMatchObject(expected);
    const read = async () => {
      for await (const _ of (await store.openBlob('a', sha256)) ?? []);
    };
    await expect(read()).rejects.toMatchObject(expected);
    // The rest can be used, and deleted.
    expect(await store.getExecution('a', 'e')).toMatchObject({ status: 'ok' });
    await store.deleteSandbox('a');
    expect(await store.statistics()).toMatchObject({ sandboxes: 0, blobs: 0 });
  });
});

describe('a disk', () => {
  withMounts(
    'that is full is said; what was acknowledged stays, and it goes on with room',
    async () => {
      const directory = makeDirectory();
      const body = `
      import { rmSync, writeFileSync } from 'node:fs';
      await store.createSandbox(record('a'));
      await store.createSandbox(record('b'));
      writeFileSync(directory + '/ballast', randomBytes(500_000));
      writeFileSync(directory + '/little', randomBytes(100_000));
      const errors = {}, kept = [];
      const attempt = async (what, work) => {
        try { await work(); } catch (error) {
          errors[what] = [error.name, error.code, error.details?.reason];
        }
      };
      await attempt('blob', async () => {
        for (let index = 0; ; index += 1) await store.putBlob('b', randomBytes(300_000), 'd');
      });
      rmSync(directory + '/little');
      await attempt('entry', async () => {
        for (let index = 0; ; index += 1) {
          await store.beginExecution('a', start('e' + index));
          await store.finishExecution('a', 'e' + index, finish({ outcome: 'x'.repeat(5_000) }));
          kept.push('e' + index);
        }
      });
      let checkpoints = 0;
      await attempt('checkpoint', async () => {
        for (; ; checkpoints += 1) {
          await store.addCheckpoint('a', {
            id: 'c' + checkpoints, position: 1, createTime: NOW, manifest: randomBytes(20_000), blobs: [],
          });
        }
      });
      await attempt('import', async () => {
        await store.importSandbox(store.exportSandbox('a'), (one) => ({ ...one, id: 'copy' }));
      });
      const copy = await store.getSandbox('copy');
      let lost = (await store.listCheckpoints('a')).length - checkpoints;
      for (const id of kept) if ((await store.getExecution('a', id)).status !== 'ok') lost += 1;
      const { blobs } = await store.statistics();
      rmSync(directory + '/ballast');
      await store.deleteSandbox('b');
      await store.appendExecution('a', { ...start('after'), ...finish({}) });
      const { ok } = await store.audit.verify();
      say(JSON.stringify({ errors, kept: kept.length > 0, lost, blobs: blobs > 0, copy, ok }));`;
      expect(await runEngine(storeProgram(directory, body), onSmallDisk(directory))).toEqual({
        errors: {
          blob: ['StoreError', 'STORE_UNAVAILABLE', 'the disk is full'],
          entry: ['StoreError', 'STORE_UNAVAILABLE', 'the disk is full'],
          checkpoint: ['StoreError', 'STORE_UNAVAILABLE', 'the disk is full'],
          import: ['StoreError', 'STORE_UNAVAILABLE', 'the disk is full'],
        },
        kept: true,
        lost: 0,
        blobs: true,
        ok: true,
      });
    },
  );

  withMounts('that is read-only is said', async () => {
    const directory = makeDirectory();
    await makeStore(directory);
    const program = `import { createSqliteStore } from '@belljar/store';
      const error = await createSqliteStore({ directory: '${directory}' }).catch((one) => one);
      console.log(JSON.stringify([error.name, error.code, error.details]));`;
    expect(await runEngine(program, onReadOnly(directory))).toEqual([
      'StoreError',
      'STORE_UNAVAILABLE',
      { file: expect.stringContaining(directory), reason: 'its file system is read-only' },
    ]);
  });

  it('where the folder’s own folder is missing is said', async () => {
    const directory = join(makeDirectory(), 'not', 'there');
    const opened = createSqliteStore({ directory });
    await expect(opened).rejects.toMatchObject(refusal('STORE_UNAVAILABLE', directory));
    const file = join(makeDirectory(), 'file');
    writeFileSync(file, '');
    await expect(createSqliteStore({ directory: file })).rejects.toMatchObject({
      name: 'StoreError',
    });
  });
});
