/** No text is in the clear, and deleting ends the key: the directory is searched for both. */
import { hash, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { createSqliteStore, type Store } from '@belljar/store';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { found, wrappedKeys } from '../helpers/search-directory.js';
import { blobFiles, useDirectories } from '../helpers/sqlite-stores.js';
import { executionFinish, executionStart, NOW, sandboxRecord } from '../helpers/store-records.js';

const makeDirectory = useDirectories();

const words = ['owner', 'key', 'name', 'label', 'value', 'limit', 'survival'] as const;
const entryWords = ['execution', 'code', 'output', 'file'] as const;

/** One marker for each place where a sandbox has text. */
function markersOf(id: string, entries: number): string[] {
  return [
    ...words.map((word) => `${word}-of-${id}.`),
    ...Array.from({ length: entries }, (_, index) =>
      [...entryWords, 'content'].map((word) => `${word}-${index}-of-${id}.`),
    ).flat(),
  ];
}

async function fill(store: Store, id: string, entries: number, sizeBytes: number): Promise<void> {
  const text = (word: string) => `${word}-of-${id}.`;
  const record = sandboxRecord({
    id,
    owner: text('owner'),
    key: text('key'),
    displayName: text('name'),
    labels: { [text('label')]: text('value') },
    limits: [text('limit')],
  });
  await store.createSandbox(record);
  await store.updateSandbox(id, { survival: text('survival') });
  for (let index = 0; index < entries; index += 1) {
    const part = (word: string) => text(`${word}-${index}`);
    const content = Buffer.concat([Buffer.from(part('content')), randomBytes(20)]);
    const sha256 = await store.putBlob(id, content, 'e');
    const file = { name: part('file'), sizeBytes: content.length, mimeType: 'text/plain' };
    const start = executionStart({ id: part('execution'), code: part('code') });
    await store.beginExecution(id, start);
    const outcome = part('output').repeat(1 + Math.floor(sizeBytes / 20));
    const files = [{ ...file, sha256, change: 'created' as const }];
    const patch = { labels: { [text('label')]: text('value'), round: String(index) } };
    await store.finishExecution(id, start.id, executionFinish({ outcome, files, sandbox: patch }));
  }
}

const plan = fc.record({
  sizes: fc.array(fc.oneof(fc.nat({ max: 1_200 }), fc.nat({ max: 20_000 })), {
    minLength: 40,
    maxLength: 60,
  }),
  entries: fc.integer({ min: 1, max: 4 }),
  gone: fc.uniqueArray(fc.nat({ max: 39 }), { minLength: 5, maxLength: 30 }),
});

describe('a deletion', () => {
  it('leaves no byte of the key in any file, whatever is deleted in whatever order', async () => {
    await fc.assert(
      fc.asyncProperty(plan, async ({ sizes, entries, gone }) => {
        const directory = makeDirectory();
        await using store = await createSqliteStore({ directory });
        // In turns, so that rows of many sandboxes share pages.
        await Promise.all(sizes.map((size, index) => fill(store, `s${index}`, entries, size)));
        const keys = wrappedKeys(directory);
        const all = Object.values(keys);
        // The control: the same search finds what is there.
        expect(found(directory, all)).toEqual(all);
        for (const index of gone) await store.deleteSandbox(`s${index}`);
        const destroyed = gone.map((index) => keys[`s${index}`] as string);
        const kept = all.filter((key) => !destroyed.includes(key));
        expect(found(directory, all)).toEqual(kept);
        // What comes and goes later moves rows about; nothing of the first ones is there again.
        await Promise.all(sizes.map((size, index) => fill(store, `late${index}`, 1, size)));
        expect(found(directory, all)).toEqual(kept);
      }),
      { numRuns: 6, endOnFailure: true },
    );
  }, 120_000);

  it('has no text to remove: none is ever in the clear', async () => {
    const directory = makeDirectory();
    await using store = await createSqliteStore({ directory });
    const ids = ['sandbox-0', 'sandbox-1'];
    for (const id of ids) await fill(store, id, 3, 5_000);
    await store.beginExecution('sandbox-0', executionStart({ id: 'x', code: 'abandoned-code' }));
    await store.abandonExecution('sandbox-0', 'x');
    await store.audit.append({ what: 'told', owner: 'owner-of-audit' });
    const texts = [...ids.flatMap((id) => markersOf(id, 3)), 'abandoned-code', 'owner-of-audit'];
    const hashes = texts.map((text) => hash('sha256', text, 'buffer').toString('latin1'));
    // The control: ids of sandboxes are not text of theirs.
    expect(found(directory, [...texts, ...hashes, ...ids])).toEqual(ids);
  });

  it('keeps content that a copy has, until that one goes', async () => {
    const directory = makeDirectory();
    await using store = await createSqliteStore({ directory });
    await store.createSandbox(sandboxRecord({}));
    const blobs = [await store.putBlob('a', Buffer.from('shared'), 'c')];
    const manifest = new Uint8Array();
    await store.addCheckpoint('a', { id: 'c', position: 0, createTime: NOW, manifest, blobs });
    await store.copySandbox('a', 'c', sandboxRecord({ id: 'b' }));
    const before = blobFiles(directory);
    expect(before.length).toBe(1);
    await store.deleteSandbox('a');
    expect(blobFiles(directory)).toEqual(before);
    await store.deleteSandbox('b');
    expect(blobFiles(directory)).toEqual([]);
  });

  it('waits for another process that reads the log, and says so in the end', async () => {
    const directory = makeDirectory();
    await using store = await createSqliteStore({ directory });
    await store.createSandbox(sandboxRecord({}));
    const key = Object.values(wrappedKeys(directory));
    const reader = new DatabaseSync(join(directory, 'belljar.db'));
    reader.exec('BEGIN');
    reader.prepare('SELECT count(*) FROM sandboxes').get();
    let isDone = false;
    const deleting = store.deleteSandbox('a').then(() => {
      isDone = true;
    });
    while ((await store.getSandbox('a')) !== undefined) await new Promise(setImmediate);
    expect(isDone).toBe(false);
    expect(found(directory, key)).toEqual(key);
    reader.exec('COMMIT');
    await deleting;
    expect(found(directory, key)).toEqual([]);
    reader.close();
  });

  it('that was cut off before the log was emptied is finished by who opens next', async () => {
    const directory = makeDirectory();
    await using first = await createSqliteStore({ directory });
    await first.createSandbox(sandboxRecord({}));
    const key = Object.values(wrappedKeys(directory));
    const other = new DatabaseSync(join(directory, 'belljar.db'));
    other.exec(`PRAGMA secure_delete = ON; DELETE FROM keys WHERE id <> 'directory';
      UPDATE sandboxes SET state = 'deleting'`);
    expect(found(directory, key)).toEqual(key);
    await using second = await createSqliteStore({ directory });
    expect(found(directory, key)).toEqual([]);
    expect(await second.statistics()).toMatchObject({ sandboxes: 0 });
    other.close();
  });

  it('ends the key first: what is left then opens to nobody', async () => {
    const directory = makeDirectory();
    await using store = await createSqliteStore({ directory });
    await fill(store, 'a', 2, 100);
    const other = new DatabaseSync(join(directory, 'belljar.db'));
    other.exec(`CREATE TRIGGER hold BEFORE DELETE ON holds BEGIN SELECT RAISE(FAIL, 'held'); END`);
    await expect(store.deleteSandbox('a')).rejects.toThrow('held');
    // Rows and blobs are there, their key is not.
    expect(blobFiles(directory).length).toBe(2);
    expect(wrappedKeys(directory)).toEqual({});
    expect(await store.getSandbox('a')).toBeUndefined();
    expect(await store.listExecutions('a', { limit: 9 })).toEqual([]);
    other.exec('DROP TRIGGER hold');
    other.close();
    await store.deleteSandbox('a');
    expect(blobFiles(directory)).toEqual([]);
  });
});
