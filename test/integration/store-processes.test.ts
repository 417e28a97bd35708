/** Several processes that have one directory open at the same time. */
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { createSqliteStore } from '@belljar/store';
import { describe, expect, it } from 'vitest';
import { runEngine } from '../attacks/run-engine.js';
import { blobFiles, useDirectories } from '../helpers/sqlite-stores.js';
import { storeProgram } from '../helpers/store-program.js';
import { NOW, sandboxRecord } from '../helpers/store-records.js';

const makeDirectory = useDirectories();

/** Creates, reads, lists and deletes; keeps every fifth. What goes wrong is its answer. */
const WORK = `
const wrong = [];
const shared = Buffer.from('put by every process');
for (let index = 0; index < 50; index += 1) {
  const id = WHO + '-' + index;
  try {
    const opened = await store.openSandbox('owner', 'key ' + index, () => record(id, {
      key: 'key ' + index, labels: { who: WHO },
    }), NOW);
    await store.putBlob(opened.record.id, shared, 'd').catch((error) => {
      if (error.code !== 'NOT_FOUND') throw error;
    });
    await store.createSandbox(record(id + '.own', { labels: { who: WHO } }));
    await store.putBlob(id + '.own', shared, 'e');
    const files = [created('f', shared)];
    await store.appendExecution(id + '.own', { ...start('e'), ...finish({ files }) });
    const { sandboxes } = await store.listSandboxes({ labels: { who: WHO }, pageSize: 1000, now: NOW });
    if (!sandboxes.some((one) => one.id === id + '.own')) wrong.push(id + ' is not listed');
    if (String(await store.getBlob(id + '.own', hash(shared))).length === 0) wrong.push('no blob');
    if (index % 5 !== 0) await store.deleteSandbox(id + '.own');
    if (opened.created && index % 2 === 0) await store.deleteSandbox(opened.record.id);
  } catch (error) {
    wrong.push(String(error.stack));
  }
}
say(JSON.stringify(wrong));
`;

describe('processes on one directory', () => {
  it('create, list and delete at once, and none is told that another is busy', async () => {
    const directory = makeDirectory();
    const names = ['p0', 'p1', 'p2'];
    const program = (who: string) => storeProgram(directory, `const WHO = '${who}';${WORK}`);
    expect(await Promise.all(names.map((who) => runEngine(program(who))))).toEqual([[], [], []]);
    await using store = await createSqliteStore({ directory });
    const { sandboxes } = await store.listSandboxes({ pageSize: 1_000, now: NOW });
    const kept = sandboxes.filter(({ id }) => id.endsWith('.own')).map(({ id }) => id);
    const tens = Array.from({ length: 10 }, (_, index) => index * 5);
    expect(kept.sort()).toEqual(
      names.flatMap((who) => tens.map((index) => `${who}-${index}.own`)).sort(),
    );
    const keys = sandboxes.flatMap(({ key }) => key ?? []);
    expect(new Set(keys).size).toBe(keys.length);
    expect(await store.statistics()).toMatchObject({ executions: 30, blobs: 30 });
    for (const { id } of sandboxes) await store.deleteSandbox(id);
    const nothing = { sandboxes: 0, executions: 0, checkpoints: 0, blobs: 0, blobBytes: 0 };
    expect(blobFiles(directory)).toEqual([]);
    expect(await store.statistics()).toEqual(nothing);
  });

  it('wait for who writes, and do not hold up their own process', async () => {
    const directory = makeDirectory();
    await using store = await createSqliteStore({ directory });
    const other = new DatabaseSync(join(directory, 'belljar.db'));
    other.exec('BEGIN IMMEDIATE');
    let isDone = false;
    const writing = store.createSandbox(sandboxRecord({})).then(() => {
      isDone = true;
    });
    // More turns of the event loop than a call without waiting takes.
    for (let turn = 0; turn < 50; turn += 1) {
      await new Promise((resolve) => setTimeout(resolve, 1));
      expect(await store.getSandbox('a')).toBeUndefined();
    }
    expect(isDone).toBe(false);
    other.exec('ROLLBACK');
    await writing;
    expect(await store.getSandbox('a')).toBeDefined();
    other.close();
  });

  it('see the lease of another process, until that process has ended', async () => {
    const directory = makeDirectory();
    await using store = await createSqliteStore({ directory });
    await store.createSandbox(sandboxRecord({}));
    const program = `
      import { createLeaseOwner, isOwnerGone } from '@belljar/store';
      const now = Date.now();
      const request = { owner: createLeaseOwner(), now, expireTime: now + 1e9, isGone: isOwnerGone };
      const { lease } = await store.acquireLease('a', request);
      say(JSON.stringify({ lease, lives: !isOwnerGone(lease.owner) }));`;
    const { createLeaseOwner, isOwnerGone } = await import('@belljar/store');
    const said = await runEngine(storeProgram(directory, program));
    expect(said).toMatchObject({ lease: { epoch: 1 }, lives: true });
    const { lease } = said as { lease: { owner: Parameters<typeof isOwnerGone>[0] } };
    expect(isOwnerGone(lease.owner)).toBe(true);
    const own = createLeaseOwner();
    expect(isOwnerGone(own)).toBe(false);
    // Another process has this pid now.
    expect(isOwnerGone({ ...own, processStart: `${Number(own.processStart) - 1}` })).toBe(true);
    // Of another machine, nothing is known.
    expect(isOwnerGone({ ...lease.owner, machine: 'another boot' })).toBe(false);
    const now = Date.now();
    const request = { owner: own, now, expireTime: now + 1_000, isGone: isOwnerGone };
    const taken = await store.acquireLease('a', request);
    expect(taken).toMatchObject({ acquired: true, lease: { epoch: 2 }, previous: lease });
  });
});
