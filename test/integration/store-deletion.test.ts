/** Deleting removes every byte: the directory is searched for what was stored. */
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { createSqliteStore, type Store } from '@belljar/store';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { blobFiles, useDirectories } from '../helpers/sqlite-stores.js';
import { executionFinish, executionStart, NOW, sandboxRecord } from '../helpers/store-records.js';

const makeDirectory = useDirectories();

/** Of these texts, those that are in a file. In another process: this one has the files locked. */
function found(directory: string, texts: readonly string[]): string[] {
  const patterns = texts.flatMap((text) => ['-e', text]);
  const grep = ['-raohF', ...patterns, directory];
  const { stdout, status } = spawnSync('grep', grep, { encoding: 'utf8', maxBuffer: 2 ** 30 });
  if (status !== 0 && status !== 1) throw new Error(`grep ended with ${status}`);
  return [...new Set(stdout.split('\n'))].filter((line) => line !== '');
}

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
    const sha256 = await store.putBlob(id, content);
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
  it('leaves no byte in any file, whatever is deleted in whatever order', async () => {
    await fc.assert(
      fc.asyncProperty(plan, async ({ sizes, entries, gone }) => {
        const directory = makeDirectory();
        await using store = await createSqliteStore({ directory });
        // In turns, so that rows of many sandboxes share pages.
        await Promise.all(sizes.map((size, index) => fill(store, `s${index}`, entries, size)));
        for (const index of gone) {
          await store.deleteSandbox(`s${index}`);
          expect(found(directory, markersOf(`s${index}`, entries))).toEqual([]);
        }
        // What comes and goes later moves rows about; nothing of the first ones is there again.
        await fill(store, 'late', 30, 300);
        const left = sizes.map((_, index) => index).filter((index) => !gone.includes(index));
        const all = gone.flatMap((index) => markersOf(`s${index}`, entries));
        for (const index of left.slice(0, 3)) {
          // The control: the same search finds what is still there.
          const markers = markersOf(`s${index}`, entries);
          expect(found(directory, markers).sort()).toEqual(markers.sort());
          await store.deleteSandbox(`s${index}`);
        }
        expect(found(directory, all)).toEqual([]);
      }),
      { numRuns: 6, endOnFailure: true },
    );
  }, 120_000);

  it('removes old text too: of what was changed, abandoned or interrupted', async () => {
    const directory = makeDirectory();
    await using store = await createSqliteStore({ directory });
    await store.createSandbox(sandboxRecord({ displayName: 'first-name', labels: { a: 'old-l' } }));
    await store.updateSandbox('a', { displayName: 'second-name', labels: {} });
    await store.beginExecution('a', executionStart({ id: 'x', code: 'abandoned-code' }));
    await store.abandonExecution('a', 'x');
    await store.beginExecution('a', executionStart({ id: 'y', code: 'running-code' }));
    const texts = ['first-name', 'old-l', 'second-name', 'abandoned-code', 'running-code'];
    expect(found(directory, texts)).toContain('second-name');
    await store.deleteSandbox('a');
    expect(found(directory, texts)).toEqual([]);
  });

  it('keeps content that a copy has, until that one goes', async () => {
    const directory = makeDirectory();
    await using store = await createSqliteStore({ directory });
    await store.createSandbox(sandboxRecord({}));
    const blobs = [await store.putBlob('a', Buffer.from('shared'))];
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
    await store.createSandbox(sandboxRecord({ displayName: 'marker-of-a' }));
    const reader = new DatabaseSync(join(directory, 'belljar.db'));
    reader.exec('BEGIN');
    reader.prepare('SELECT count(*) FROM sandboxes').get();
    let isDone = false;
    const deleting = store.deleteSandbox('a').then(() => {
      isDone = true;
    });
    while ((await store.getSandbox('a')) !== undefined) await new Promise(setImmediate);
    expect(isDone).toBe(false);
    expect(found(directory, ['marker-of-a'])).toEqual(['marker-of-a']);
    reader.exec('COMMIT');
    await deleting;
    expect(found(directory, ['marker-of-a'])).toEqual([]);
    reader.close();
  });

  it('that was cut off before the log was emptied is finished by who opens next', async () => {
    const directory = makeDirectory();
    await using first = await createSqliteStore({ directory });
    await first.createSandbox(sandboxRecord({ displayName: 'marker-of-a' }));
    const other = new DatabaseSync(join(directory, 'belljar.db'));
    other.exec('PRAGMA secure_delete = ON; DELETE FROM sandboxes; DELETE FROM sandbox_texts');
    expect(found(directory, ['marker-of-a'])).toEqual(['marker-of-a']);
    await using _second = await createSqliteStore({ directory });
    expect(found(directory, ['marker-of-a'])).toEqual([]);
    other.close();
  });

  it('of an expired sandbox is the same', async () => {
    const directory = makeDirectory();
    await using store = await createSqliteStore({ directory });
    await store.createSandbox(sandboxRecord({ displayName: 'marker-of-a', expireTime: NOW }));
    const [expired] = await store.expiredSandboxes(NOW, 9);
    await store.deleteSandbox(expired?.id ?? '');
    expect(found(directory, ['marker-of-a'])).toEqual([]);
  });
});
