/** A store with two sandboxes, one of which somebody is to write to. */
import { createSqliteStore, type Store } from '@belljar/store';
import { expect } from 'vitest';
import { useDirectories } from './sqlite-stores.js';
import { type Cells, rows } from './store-database.js';
import {
  createdFile,
  executionFinish,
  executionStart,
  NOW,
  sandboxRecord,
} from './store-records.js';
import { verifies } from './verifies.js';

const content = (id: string) => Buffer.from(`content of ${id}`);
export const corrupt = { name: 'StoreError', code: 'STORE_CORRUPT' };

/** Everything of a sandbox is read. */
export async function readAll(store: Store, id: string): Promise<void> {
  const record = await store.getSandbox(id);
  if (!record) throw new Error(`${id} is not there`);
  expect(record.displayName).toBe(`name of ${id}`);
  const entries = await store.listExecutions(id, { limit: 9 });
  expect(entries.map(({ id: one, code }) => `${one} ${code}`)).toEqual(['e1 1', 'e2 1', 'whole 1']);
  for (const entry of entries) await store.getExecution(id, entry.id);
  const checkpoint = await store.getCheckpoint(id);
  expect(Buffer.from(checkpoint?.manifest ?? []).toString()).toBe(`manifest of ${id}`);
  for (const sha256 of checkpoint?.blobs ?? []) {
    expect(Buffer.from((await store.getBlob(id, sha256)) ?? []).equals(content(id))).toBe(true);
  }
}

/** Two sandboxes, each with two entries, one that was written as a whole, a checkpoint and a blob. */
export async function fill(store: Store): Promise<void> {
  for (const id of ['a', 'b']) {
    await store.createSandbox(sandboxRecord({ id, displayName: `name of ${id}` }));
    const files = [createdFile('f', content(id))];
    await store.putBlob(id, content(id), 'e');
    for (const entry of ['e1', 'e2']) {
      await store.beginExecution(id, executionStart({ id: entry }));
      await store.finishExecution(id, entry, executionFinish({ files }));
    }
    const whole = { ...executionStart({ id: 'whole' }), ...executionFinish({ files }) };
    await store.appendExecution(id, whole);
    await store.addCheckpoint(id, {
      id: 'c',
      position: 2,
      createTime: NOW,
      manifest: Buffer.from(`manifest of ${id}`),
      blobs: files.map(({ sha256 }) => sha256),
    });
  }
}

export const OF_A = 'sandbox = (SELECT row FROM sandboxes WHERE id = ?)';
export const ofA = (directory: string, table: string): Cells[] =>
  rows(directory, `SELECT * FROM ${table} WHERE ${OF_A} ORDER BY 2`, 'a');
export const ofB = (directory: string, table: string): Cells[] =>
  rows(directory, `SELECT * FROM ${table} WHERE ${OF_A} ORDER BY 2`, 'b');
export const recordOf = (directory: string, id: string): Cells =>
  rows(directory, 'SELECT * FROM sandboxes WHERE id = ?', id)[0] as Cells;

/** One bit of the byte at this place is another one. */
export function flip(bytes: unknown, index: number): Uint8Array {
  const copy = Uint8Array.from(bytes as Uint8Array);
  const at = index < 0 ? copy.length + index : index;
  copy[at] = (copy[at] as number) ^ 1;
  return copy;
}

/** What somebody does to the files of a store that is closed, by name. */
export type Forgery = [name: string, forge: (directory: string) => void];

/** A test for each: the sandbox `a` is refused and can be deleted, `b` is as it was. */
export function verifyRefused(forgeries: readonly Forgery[]): void {
  const makeDirectory = useDirectories();
  for (const [name, forge] of forgeries) {
    verifies('store.sealed', `refuses ${name}, and no other sandbox is harmed`, async () => {
      const directory = makeDirectory();
      {
        await using store = await createSqliteStore({ directory });
        await fill(store);
      }
      forge(directory);
      await using store = await createSqliteStore({ directory });
      await expect(readAll(store, 'a')).rejects.toMatchObject(corrupt);
      await readAll(store, 'b');
      await store.deleteSandbox('a');
      expect(await store.getSandbox('a')).toBeUndefined();
      await readAll(store, 'b');
    });
  }
}
