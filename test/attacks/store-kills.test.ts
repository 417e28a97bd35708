/** `kill -9` between and inside commits: what was acknowledged is there, and nothing half done. */
import { hash } from 'node:crypto';
import { once } from 'node:events';
import { createSqliteStore, type Store } from '@belljar/store';
import { afterAll, describe, expect, it } from 'vitest';
import { blobFiles, useDirectories } from '../helpers/sqlite-stores.js';
import { storeProgram } from '../helpers/store-program.js';
import { NOW, sandboxRecord } from '../helpers/store-records.js';
import { type EngineProcess, line, startEngine } from './run-engine.js';

const makeDirectory = useDirectories();
const started: EngineProcess[] = [];

afterAll(() => {
  for (const child of started) child.kill('SIGKILL');
});

function start(directory: string, body: string): EngineProcess {
  const child = startEngine(storeProgram(directory, body));
  started.push(child);
  return child;
}

async function kill(child: EngineProcess): Promise<void> {
  child.kill('SIGKILL');
  await once(child, 'close');
}

/** Each file of each entry is there whole, and there is no file beside. */
async function expectWhole(store: Store, directory: string): Promise<void> {
  const { sandboxes } = await store.listSandboxes({ pageSize: 1_000, now: NOW });
  const held = new Set<string>();
  for (const { id } of sandboxes) {
    for (const { files } of await store.listExecutions(id, { limit: 1_000 })) {
      for (const { sha256, sizeBytes } of files) {
        held.add(`${id} ${sha256}`);
        expect((await store.getBlob(id, sha256))?.length).toBe(sizeBytes);
      }
    }
    const checkpoint = await store.getCheckpoint(id);
    for (const sha256 of checkpoint?.blobs ?? []) {
      held.add(`${id} ${sha256}`);
      expect(await store.getBlob(id, sha256)).toBeDefined();
    }
  }
  expect((await store.statistics()).blobs).toBe(held.size);
  expect(blobFiles(directory).length).toBe(held.size);
}

const WRITES = `
for (let index = 0; ; index += 1) {
  const id = ROUND + '-' + index;
  await store.createSandbox(record(id, { labels: { round: ROUND } }));
  const content = randomBytes(index % 7 === 0 ? 300_000 : 50);
  await store.beginExecution(id, start('e'));
  await store.putBlob(id, content, 'e');
  await store.finishExecution(id, 'e', finish({ outcome: { id }, files: [created('f', content)] }));
  say(id);
  if (index % 3 === 0) { await store.deleteSandbox(id); say('deleted ' + id); }
}`;

describe('kill -9', () => {
  it('loses nothing that was acknowledged, however often it comes', async () => {
    const directory = makeDirectory();
    const acknowledged: string[] = [];
    const deleted: string[] = [];
    for (let round = 0; round < 8; round += 1) {
      const child = start(directory, `const ROUND = 'r${round}';${WRITES}`);
      let said = '';
      child.stdout.on('data', (data: Buffer) => {
        said += data.toString();
        // In the middle of whatever it does then.
        if (said.split('\n').length > 4 + 5 * round) child.kill('SIGKILL');
      });
      await once(child, 'close');
      for (const word of said.split('\n').slice(0, -1)) {
        if (word.startsWith('deleted ')) deleted.push(word.slice('deleted '.length));
        else acknowledged.push(word);
      }
      await using store = await createSqliteStore({ directory });
      await expectWhole(store, directory);
      for (const id of acknowledged) {
        const entry = await store.getExecution(id, 'e');
        // The last one may have been on its way out.
        if (entry) expect(entry).toMatchObject({ status: 'ok', outcome: { id } });
        else expect(Number(id.split('-')[1]) % 3).toBe(0);
      }
      for (const id of deleted) expect(await store.getSandbox(id)).toBeUndefined();
    }
    expect(acknowledged.length).toBeGreaterThan(50);
  }, 120_000);

  it('inside a commit leaves nothing of it, and lets others go on', async () => {
    const directory = makeDirectory();
    await using store = await createSqliteStore({ directory });
    await store.createSandbox(sandboxRecord({ id: 'kept' }));
    const child = start(
      directory,
      `await store.openSandbox('owner', 'k', () => {
        say('INSIDE');
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
      }, NOW);`,
    );
    await line(child, 'INSIDE');
    const makeRecord = () => sandboxRecord({ id: 'mine', key: 'k' });
    const waiting = store.openSandbox('owner', 'k', makeRecord, NOW);
    // Reading does not wait for who writes.
    expect(await store.getSandbox('kept')).toBeDefined();
    await kill(child);
    expect(await waiting).toMatchObject({ created: true, record: { id: 'mine' } });
    expect(await store.statistics()).toMatchObject({ sandboxes: 2 });
  });

  it.for([
    ['while its file is being written', 'await writeHalf(this)'],
    ['when its file is written', 'await write.apply(this, given)'],
  ])('of who puts a blob leaves no part of it: %s', async ([, before]) => {
    const directory = makeDirectory();
    const child = start(
      directory,
      `import { open } from 'node:fs/promises';
      await store.createSandbox(record('a'));
      const probe = await open('/dev/null');
      const prototype = Object.getPrototypeOf(probe);
      const write = prototype.writeFile;
      const writeHalf = (file) => write.call(file, 'half');
      prototype.writeFile = async function (...given) {
        ${before};
        say('WRITTEN');
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
      };
      await store.putBlob('a', randomBytes(300_000), 'e');`,
    );
    await line(child, 'WRITTEN');
    expect(blobFiles(directory).length).toBe(1);
    await using other = await createSqliteStore({ directory });
    // Its writer lives.
    expect(blobFiles(directory).length).toBe(1);
    await kill(child);
    await using store = await createSqliteStore({ directory });
    expect(blobFiles(directory)).toEqual([]);
    await expectWhole(store, directory);
    await expectWhole(other, directory);
  });

  it('between a blob and the commit that points to it leaves no blob', async () => {
    const directory = makeDirectory();
    const child = start(
      directory,
      `await store.createSandbox(record('a'));
      await store.putBlob('a', Buffer.from('content'), 'e');
      say('PUT');
      setInterval(() => {}, 1_000);`,
    );
    await line(child, 'PUT');
    const sha256 = hash('sha256', 'content');
    await using other = await createSqliteStore({ directory });
    // It may still commit what points to it.
    expect(await other.getBlob('a', sha256)).toBeDefined();
    await kill(child);
    await using store = await createSqliteStore({ directory });
    expect(await store.getBlob('a', sha256)).toBeUndefined();
    await expectWhole(store, directory);
  });
});
