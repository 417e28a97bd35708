/** `kill -9` between and inside commits: what was acknowledged is there, and nothing half done. */
import { hash } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { createSqliteStore, type Store } from '@belljar/store';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { useDirectories } from '../helpers/sqlite-stores.js';
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

const drafts = (directory: string): string[] => readdirSync(join(directory, 'blobs', 'drafts'));
const blobs = (directory: string): string[] =>
  readdirSync(join(directory, 'blobs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => /^..\/[0-9a-f]{64}$/.test(name))
    .map((name) => name.slice(3));

/** Each file of each entry is there whole, and there is no file beside. */
async function expectWhole(store: Store, directory: string): Promise<void> {
  const held = new Set<string>();
  const { sandboxes } = await store.listSandboxes({ pageSize: 1_000, now: NOW });
  for (const { id } of sandboxes) {
    for (const { files } of await store.listExecutions(id, { limit: 1_000 })) {
      for (const { sha256, sizeBytes } of files) {
        held.add(sha256);
        expect((await store.getBlob(id, sha256))?.length).toBe(sizeBytes);
      }
    }
  }
  expect(drafts(directory)).toEqual([]);
  expect(blobs(directory).length).toBe((await store.statistics()).blobs);
  expect([...held].filter((one) => !blobs(directory).includes(one))).toEqual([]);
}

const WRITES = `
for (let index = 0; ; index += 1) {
  const id = ROUND + '-' + index;
  await store.createSandbox(record(id, { labels: { round: ROUND } }));
  const content = randomBytes(index % 7 === 0 ? 300_000 : 50);
  await store.beginExecution(id, start('e'));
  await store.putBlob(id, content);
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

  it('in the middle of a blob leaves no part of it', async () => {
    const directory = makeDirectory();
    await (await createSqliteStore({ directory })).close();
    let left: string[] = [];
    for (let attempt = 0; left.length === 0 && attempt < 20; attempt += 1) {
      const child = start(
        directory,
        `await store.createSandbox(record('a${attempt}'));
        for (;;) await store.putBlob('a${attempt}', randomBytes(40_000_000));`,
      );
      await vi.waitFor(() => expect(drafts(directory).length).toBeGreaterThan(0), {
        timeout: 60_000,
        interval: 1,
      });
      await kill(child);
      left = drafts(directory);
      if (left.length === 0) await (await createSqliteStore({ directory })).close();
    }
    expect(left.length).toBe(1);
    await using store = await createSqliteStore({ directory });
    await expectWhole(store, directory);
  }, 120_000);

  it('between a blob’s name and its commit leaves no blob', async () => {
    const directory = makeDirectory();
    const child = start(
      directory,
      `import fs from 'node:fs';
      import { syncBuiltinESMExports } from 'node:module';
      await store.createSandbox(record('a'));
      const { linkSync } = fs;
      fs.linkSync = (...names) => {
        linkSync(...names);
        say('NAMED');
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
      };
      syncBuiltinESMExports();
      await store.putBlob('a', Buffer.from('content'));`,
    );
    await line(child, 'NAMED');
    await kill(child);
    const sha256 = hash('sha256', 'content');
    expect(blobs(directory)).toEqual([sha256]);
    await using store = await createSqliteStore({ directory });
    expect(await store.getBlob('a', sha256)).toBeUndefined();
    await expectWhole(store, directory);
  });
});
