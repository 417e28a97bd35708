/** `kill -9` at each named step of what a store does in several: all of it is there after, or nothing. */
import { once } from 'node:events';
import { createSqliteStore, type Store } from '@belljar/store';
import { afterAll, describe, expect, it } from 'vitest';
import { found, wrappedKeys } from '../helpers/search-directory.js';
import { blobFiles, useDirectories } from '../helpers/sqlite-stores.js';
import { storeProgram } from '../helpers/store-program.js';
import { NOW } from '../helpers/store-records.js';
import { type EngineProcess, line, startEngine } from './run-engine.js';

const makeDirectory = useDirectories();
const started: EngineProcess[] = [];

afterAll(() => {
  for (const child of started) child.kill('SIGKILL');
});

/** Stops the process for good before the statement, call or commit that `at` names comes the nth time. */
const STOP = `
import { DatabaseSync, StatementSync } from 'node:sqlite';
import { open } from 'node:fs/promises';
let at, left;
const stopAt = (what, nth = 1) => { [at, left] = [what, nth]; };
const passed = (what) => {
  if (at === undefined || !what.startsWith(at) || --left > 0) return;
  say('STOPPED');
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
};
for (const name of ['run', 'get', 'all']) {
  const work = StatementSync.prototype[name];
  StatementSync.prototype[name] = function (...given) {
    passed(this.sourceSQL.trim());
    return work.apply(this, given);
  };
}
const files = Object.getPrototypeOf(await open('/dev/null'));
const { writeFile } = files;
files.writeFile = function (...given) { passed('writeFile'); return writeFile.apply(this, given); };
`;

/** What there is before: a sandbox with an entry, its content and a checkpoint. */
const BEFORE = `
const texts = [randomBytes(2_000_000), Buffer.from('small')];
const hashes = await (async () => {
  await store.createSandbox(record('a'));
  const hashes = await store.putBlobs('a', texts, 'kept');
  const files = texts.map((content, index) => created('f' + index, content));
  await store.appendExecution('a', { ...start('kept'), ...finish({ files }) });
  await store.addCheckpoint('a', { id: 'c', position: 1, createTime: NOW,
    manifest: Buffer.from('manifest'), blobs: hashes });
  return hashes;
})();
const collect = async (stream) => {
  const pieces = [];
  for await (const piece of stream) pieces.push(piece);
  return Buffer.concat(pieces);
};
`;

async function killAt(directory: string, at: string, nth: number, work: string): Promise<void> {
  const body = `${STOP}${BEFORE}say('READY');stopAt(${JSON.stringify(at)}, ${nth});${work}`;
  const child = startEngine(storeProgram(directory, body));
  started.push(child);
  await line(child, 'STOPPED');
  child.kill('SIGKILL');
  await once(child, 'close');
}

/** Everything that is there is whole, and there is no file beside; returns the ids of entries. */
async function expectWhole(store: Store, directory: string): Promise<string[]> {
  const ids: string[] = [];
  const held = new Set<string>();
  const kinds = ['sandbox', 'snapshot'] as const;
  for (const kind of kinds) {
    const { sandboxes } = await store.listSandboxes({ kind, pageSize: 100, now: NOW });
    for (const { id } of sandboxes) {
      for (const entry of await store.listExecutions(id, { limit: 100 })) {
        ids.push(`${id} ${entry.id} ${entry.status}${entry.undone ? ' undone' : ''}`);
        await store.getExecution(id, entry.id);
        if (entry.undone) continue;
        for (const { sha256 } of entry.files) held.add(sha256);
      }
      const checkpoint = await store.getCheckpoint(id);
      ids.push(`${id} ${checkpoint?.id}`);
      for (const sha256 of [...held, ...(checkpoint?.blobs ?? [])]) {
        expect(await store.getBlob(id, sha256)).toBeDefined();
        held.add(sha256);
      }
    }
  }
  expect((await store.statistics()).blobs).toBe(held.size);
  expect(blobFiles(directory).length).toBe(held.size);
  expect(await store.audit.verify()).toMatchObject({ ok: true });
  return ids;
}

const KEPT = ['a kept ok', 'a c'];
const put = `await store.putBlobs('a', [randomBytes(3_000_000), Buffer.from('x')], 'd');`;
const checkpoint = `const more = await store.putBlobs('a', [randomBytes(3_000_000), Buffer.from('x')], 'd');
  await store.addCheckpoint('a', { id: 'd', position: 1, createTime: NOW,
    manifest: randomBytes(300_000), blobs: more });`;
const whole = `await store.appendExecution('a', { ...start('e'), ...finish({}) });`;
const release = `${put}await store.releaseBlobs('a', 'd');`;
const fork = `await store.copySandbox('a', 'c', record('b'));`;
const remove = `await store.removeCheckpoint('a', 'c');`;
const rewind = `await store.rewindJournal('a', 0);`;
const rotate = `await store.rotateKeys();`;
const importing = `const bytes = await collect(store.exportSandbox('a'));
  stopAt(undefined);
  await store.deleteSandbox('a');
  stopAt(AT, NTH);
  await store.importSandbox(ReadableStream.from([bytes]), (one) => one);`;

/** Work, the step before which it ends, and what is there after. */
const steps: [name: string, at: string, nth: number, work: string, after: string[]][] = [
  [
    'begin: its entry',
    'INSERT INTO executions',
    1,
    `await store.beginExecution('a', start('e'));`,
    KEPT,
  ],
  [
    'begin: its audit line',
    'INSERT INTO audit',
    1,
    `await store.beginExecution('a', start('e'));`,
    KEPT,
  ],
  [
    'begin: its record',
    'UPDATE sandboxes',
    1,
    `await store.beginExecution('a', start('e'));`,
    KEPT,
  ],
  ['begin: its commit', 'COMMIT', 1, `await store.beginExecution('a', start('e'));`, KEPT],
  [
    'finish: its commit',
    'COMMIT',
    2,
    `await store.beginExecution('a', start('e'));
     await store.finishExecution('a', 'e', finish({}));`,
    ['a kept ok', 'a e running', 'a c'],
  ],
  ['at once: its audit line', 'INSERT INTO audit', 1, whole, KEPT],
  ['at once: its record', 'UPDATE sandboxes', 1, whole, KEPT],
  ['at once: its commit', 'COMMIT', 1, whole, KEPT],
  ['blob put: its name', 'INSERT OR IGNORE INTO loose_files', 1, put, KEPT],
  ['blob put: the commit of its name', 'COMMIT', 1, put, KEPT],
  ['blob put: its first frame', 'writeFile', 1, put, KEPT],
  ['blob put: its second frame', 'writeFile', 3, put, KEPT],
  ['blob put: its row', 'INSERT INTO blobs', 1, put, KEPT],
  ['blob put: its hold', 'INSERT INTO holds', 2, put, KEPT],
  ['blob put: its commit', 'COMMIT', 2, put, KEPT],
  ['letting go: its draft', 'DELETE FROM pending', 1, release, KEPT],
  ['letting go: its commit', 'DELETE FROM blobs', 1, release, KEPT],
  ['letting go: after its commit', 'DELETE FROM loose_files', 2, release, KEPT],
  ['checkpoint: its uses', 'INSERT OR IGNORE INTO uses', 1, checkpoint, KEPT],
  ['checkpoint: its row', 'INSERT INTO checkpoints', 1, checkpoint, KEPT],
  ['checkpoint: its commit', 'UPDATE sandboxes', 1, checkpoint, KEPT],
  ['fork: its key', 'INSERT INTO keys', 1, fork, KEPT],
  ['fork: its holds', 'INSERT INTO holds', 2, fork, KEPT],
  ['fork: its record', 'UPDATE sandboxes SET tag', 1, fork, KEPT],
  ['removing a checkpoint: its uses', 'DELETE FROM uses', 1, remove, KEPT],
  [
    'removing a checkpoint: after its commit',
    'DELETE FROM loose_files',
    2,
    `${checkpoint}${remove}
    await store.removeCheckpoint('a', 'd');`,
    ['a kept ok', 'a undefined'],
  ],
  ['rewinding: its entries', 'UPDATE executions', 1, rewind, KEPT],
  [
    'rewinding: after its commit',
    'DELETE FROM loose_files',
    1,
    rewind,
    ['a kept ok undone', 'a undefined'],
  ],
  ['deleting: its key', 'DELETE FROM keys', 1, `await store.deleteSandbox('a');`, KEPT],
  ['deleting: the log', 'PRAGMA wal_checkpoint', 1, `await store.deleteSandbox('a');`, []],
  ['deleting: its holds', 'DELETE FROM holds', 1, `await store.deleteSandbox('a');`, []],
  ['deleting: its files', 'DELETE FROM loose_files', 1, `await store.deleteSandbox('a');`, []],
  ['deleting: its entries', 'DELETE FROM executions', 1, `await store.deleteSandbox('a');`, []],
  ['deleting: its row', 'DELETE FROM sandboxes', 1, `await store.deleteSandbox('a');`, []],
  ['rotating: a key', 'UPDATE keys', 2, rotate, KEPT],
  ['rotating: its commit', 'INSERT INTO audit', 1, rotate, KEPT],
  ['import: its key', 'INSERT INTO keys', 1, importing, []],
  ['import: its first content', 'writeFile', 1, importing, []],
  ['import: its hold', 'INSERT INTO holds', 2, importing, []],
  ['import: its entry', 'INSERT INTO outcomes', 1, importing, []],
  ['import: its checkpoint', 'INSERT INTO checkpoints', 1, importing, []],
  ['import: its commit', 'DELETE FROM imports', 1, importing, []],
];

describe('kill -9 before a step of', () => {
  it.for(steps)('%s', async ([, at, nth, work, after]) => {
    const directory = makeDirectory();
    await (await createSqliteStore({ directory })).close();
    const placed = work.replace('AT, NTH', `${JSON.stringify(at)}, ${nth}`);
    await killAt(directory, at, work === importing ? 1_000_000 : nth, placed);
    const before = wrappedKeys(directory);
    await using store = await createSqliteStore({ directory });
    expect(await expectWhole(store, directory)).toEqual(after);
    // What is gone is so with its key; what is left can be used, and deleted.
    const gone = after.length === 0 ? Object.values(before) : [];
    expect(found(directory, gone)).toEqual([]);
    for (const id of ['a', 'b']) await store.deleteSandbox(id);
    const nothing = { sandboxes: 0, executions: 0, checkpoints: 0, blobs: 0, blobBytes: 0 };
    expect(await store.statistics()).toEqual(nothing);
    expect(blobFiles(directory)).toEqual([]);
  });
});
