/** The journal of a sandbox. */
import { hash } from 'node:crypto';
import { expect, it } from 'vitest';
import {
  type CreateStore,
  checkpoint,
  finish,
  held,
  NOW,
  put,
  ran,
  start,
  withSandboxes,
} from './records.js';

export function describeJournal(create: CreateStore): void {
  it('lists entries in the order in which they began', async () => {
    await using store = await withSandboxes(create, 'a', 'b');
    const ids = ['z', 'y', '10', '9'];
    for (const id of ids) await store.beginExecution('a', start({ id }));
    await store.beginExecution('b', start({ id: 'z' }));
    await store.finishExecution('a', 'y', finish({ outcome: { stdout: 'hi' } }));
    const entries = await store.listExecutions('a', { limit: 1000 });
    expect(entries.map((entry) => entry.id)).toEqual(ids);
    expect(entries[0]).not.toHaveProperty('outcome');
    for (const [index, entry] of entries.entries()) {
      expect(entry.position).toBeGreaterThan(entries[index - 1]?.position ?? 0);
      const rest = await store.listExecutions('a', { after: entry.position, limit: 2 });
      expect(rest).toEqual(entries.slice(index + 1, index + 3));
    }
    expect(await store.listExecutions('c', { limit: 1 })).toEqual([]);
  });

  it('begins an id once, however many ask at once', async () => {
    await using store = await withSandboxes(create, 'a');
    const hashes = Array.from({ length: 50 }, (_, index) => hash('sha256', `${index}`));
    const results = await Promise.all(
      hashes.map((requestHash) => store.beginExecution('a', start({ id: 'e', requestHash }))),
    );
    const winners = results.filter((result) => result.created);
    expect(winners).toHaveLength(1);
    for (const { entry } of results) expect(entry).toEqual(winners[0]?.entry);
    expect(winners[0]?.entry).toMatchObject({ status: 'running', outcome: null, files: [] });
    expect(await store.statistics()).toMatchObject({ executions: 1 });
  });

  it('appends an ended entry once', async () => {
    await using store = await withSandboxes(create, 'a');
    const entry = { ...start({ id: 'f', kind: 'files' }), ...finish({}) };
    const calls = Array.from({ length: 9 }, () => store.appendExecution('a', entry));
    const results = await Promise.all(calls);
    expect(results.filter((result) => result.created)).toHaveLength(1);
    for (const result of results) expect(result.entry).toMatchObject(entry);
    expect(await store.getExecution('a', 'f')).toEqual(results[0]?.entry);
  });
}

export function describeJournalEnds(create: CreateStore): void {
  it('ends an entry once, and with it what the sandbox gets', async () => {
    await using store = await withSandboxes(create, 'a');
    await store.beginExecution('a', start({ id: 'e' }));
    const ended = finish({ status: 'timeout', outcome: { text: '\ud800\0', deep: [[1.5]] } });
    const patch = { expireTime: NOW + 5_000, updateTime: NOW + 7 };
    await store.finishExecution('a', 'e', { ...ended, sandbox: patch });
    expect(await store.getExecution('a', 'e')).toEqual({
      ...start({ id: 'e' }),
      ...ended,
      position: expect.any(Number),
    });
    expect(await store.getSandbox('a')).toMatchObject(patch);
    const again = store.finishExecution('a', 'e', finish({ sandbox: { displayName: 'no' } }));
    await expect(again).rejects.toMatchObject({ code: 'ALREADY_EXISTS' });
    expect(await store.getExecution('a', 'e')).toMatchObject({ status: 'timeout' });
    expect((await store.getSandbox('a'))?.displayName).not.toBe('no');
    const never = store.finishExecution('a', 'never', finish({}));
    await expect(never).rejects.toMatchObject({ code: 'NOT_FOUND' });
    const repeated = await store.beginExecution('a', start({ id: 'e' }));
    expect(repeated).toMatchObject({ created: false, entry: { status: 'timeout' } });
  });

  it('abandons a running entry and gives its position to no other', async () => {
    await using store = await withSandboxes(create, 'a');
    const { entry } = await store.beginExecution('a', start({ id: 'e' }));
    await store.abandonExecution('a', 'e');
    await store.abandonExecution('a', 'e');
    expect(await store.getExecution('a', 'e')).toBeUndefined();
    expect(await store.statistics()).toMatchObject({ executions: 0 });
    const again = await store.beginExecution('a', start({ id: 'e' }));
    expect(again.created).toBe(true);
    expect(again.entry.position).toBeGreaterThan(entry.position);
    await store.finishExecution('a', 'e', finish({}));
    const ended = store.abandonExecution('a', 'e');
    await expect(ended).rejects.toMatchObject({ code: 'ALREADY_EXISTS' });
    expect(await store.getExecution('a', 'e')).toMatchObject({ status: 'ok' });
  });

  it('puts the journal back: entries after a position are undone, their ids stay taken', async () => {
    await using store = await withSandboxes(create, 'a');
    const first = await ran(store, 'a', 'e1', 'one', 'both');
    const second = await ran(store, 'a', 'e2', 'two', 'both');
    await store.addCheckpoint('a', checkpoint({ id: 'c0', position: 0 }));
    await store.addCheckpoint('a', checkpoint({ id: 'c1', position: first.position }));
    await put(store, 'a', 'c2', 'memory');
    const blobs = [hash('sha256', 'memory'), hash('sha256', 'one')];
    await store.addCheckpoint('a', checkpoint({ id: 'c2', position: second.position, blobs }));
    await store.rewindJournal('a', first.position);
    await store.rewindJournal('a', first.position);
    const [kept, undone, ...more] = await store.listExecutions('a', { limit: 9 });
    expect(more).toEqual([]);
    expect(kept).not.toHaveProperty('undone');
    expect(undone).toMatchObject({
      id: 'e2',
      undone: true,
      status: 'ok',
      position: second.position,
    });
    expect(await store.getExecution('a', 'e2')).toEqual({ ...second, undone: true });
    const again = await store.beginExecution('a', start({ id: 'e2' }));
    expect(again).toEqual({ created: false, entry: { ...second, undone: true } });
    const left = await store.listCheckpoints('a');
    expect(left.map(({ id }) => id)).toEqual(['c0', 'c1']);
    expect(await held(store, 'a', 'one', 'two', 'both', 'memory')).toEqual(['one', 'both']);
    const next = await ran(store, 'a', 'e3', 'three');
    expect(next).not.toHaveProperty('undone');
    expect(next.position).toBeGreaterThan(second.position);
  });
}
