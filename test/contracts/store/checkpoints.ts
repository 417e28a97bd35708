/** Checkpoints of a sandbox, and sandboxes that start from one. */
import { hash } from 'node:crypto';
import { expect, it } from 'vitest';
import {
  type CreateStore,
  checkpoint,
  EMPTY,
  finish,
  held,
  list,
  put,
  ran,
  sandbox,
  start,
  withSandboxes,
} from './records.js';

export function describeCheckpoints(create: CreateStore): void {
  it('gives back what was stored, the newest up to a position', async () => {
    await using store = await withSandboxes(create, 'a', 'b');
    expect(await store.getCheckpoint('a')).toBeUndefined();
    expect(await store.getCheckpoint('never')).toBeUndefined();
    const { position } = await ran(store, 'a', 'e1', 'x');
    const { position: last } = await ran(store, 'a', 'e2');
    const manifest = Uint8Array.from({ length: 100_000 }, (_, index) => index % 251);
    const blobs = [hash('sha256', 'x')];
    const late = checkpoint({ id: 'late', position: last, manifest, blobs, createTime: 7 });
    const [first, newer] = [checkpoint({ id: 'first', position }), checkpoint({ position })];
    for (const one of [late, first, newer]) await store.addCheckpoint('a', one);
    expect(await store.getCheckpoint('a')).toEqual(late);
    expect(await store.getCheckpoint('a', { atMost: last })).toEqual(late);
    expect(await store.getCheckpoint('a', { atMost: last - 1 })).toEqual(newer);
    expect(await store.getCheckpoint('a', { atMost: position - 1 })).toBeUndefined();
    expect(await store.listCheckpoints('a')).toEqual([
      { id: 'first', position, createTime: first.createTime, blobs: 0, sizeBytes: 3 },
      { id: 'c', position, createTime: newer.createTime, blobs: 0, sizeBytes: 3 },
      { id: 'late', position: last, createTime: 7, blobs: 1, sizeBytes: 100_001 },
    ]);
    expect(await store.getCheckpoint('b')).toBeUndefined();
    expect(await store.statistics()).toMatchObject({ checkpoints: 3 });
  });

  it('refuses one of content that the sandbox does not hold, and names that', async () => {
    await using store = await withSandboxes(create, 'a', 'b');
    const [known] = await put(store, 'a', 'c', 'x');
    const [others] = await put(store, 'b', 'c', 'y');
    const missing = [others as string, hash('sha256', 'never')];
    const blobs = [known as string, ...missing];
    const added = store.addCheckpoint('a', checkpoint({ blobs }));
    await expect(added).rejects.toMatchObject({
      code: 'NOT_FOUND',
      details: { sandboxId: 'a', blobs: missing },
    });
    expect(await store.listCheckpoints('a')).toEqual([]);
    expect(await held(store, 'a', 'x')).toEqual(['x']);
  });

  it('refuses an id twice, and a position that no entry had', async () => {
    await using store = await withSandboxes(create, 'a', 'b');
    await store.addCheckpoint('a', checkpoint({}));
    await store.addCheckpoint('b', checkpoint({}));
    const twice = store.addCheckpoint('a', checkpoint({ createTime: 1 }));
    await expect(twice).rejects.toMatchObject({ code: 'ALREADY_EXISTS' });
    const later = store.addCheckpoint('a', checkpoint({ id: 'later', position: 1 }));
    await expect(later).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    await store.beginExecution('a', start({}));
    await store.abandonExecution('a', 'e');
    await store.addCheckpoint('a', checkpoint({ id: 'later', position: 1 }));
    expect((await store.listCheckpoints('a')).map(({ id }) => id)).toEqual(['c', 'later']);
  });
}

export function describeCopiedSandboxes(create: CreateStore): void {
  it('starts a sandbox from a checkpoint of another, at position 0, and copies no content', async () => {
    await using store = await withSandboxes(create, 'a');
    const { position } = await ran(store, 'a', 'e', 'file');
    const blobs = await put(store, 'a', 'c', 'memory', 'file');
    const original = checkpoint({ position, blobs });
    await store.addCheckpoint('a', original);
    await ran(store, 'a', 'later', 'other');
    const before = await store.statistics();
    const record = sandbox({ id: 'copy', kind: 'snapshot' });
    await store.copySandbox('a', 'c', record);
    const { sandboxes, checkpoints } = before;
    const more = { sandboxes: sandboxes + 1, checkpoints: checkpoints + 1 };
    expect(await store.statistics()).toEqual({ ...before, ...more });
    expect(await store.getSandbox('copy')).toEqual(record);
    expect(await store.getCheckpoint('copy')).toEqual({ ...original, position: 0 });
    expect(await store.listExecutions('copy', { limit: 9 })).toEqual([]);
    const all = ['file', 'memory', 'other'];
    expect(await held(store, 'copy', ...all)).toEqual(['file', 'memory']);
    await store.copySandbox('copy', 'c', sandbox({ id: 'third' }));
    // Each goes by itself; content goes with the last of them.
    await store.deleteSandbox('a');
    expect(await held(store, 'copy', ...all)).toEqual(['file', 'memory']);
    await ran(store, 'third', 'e', 'file');
    await store.removeCheckpoint('third', 'c');
    expect(await held(store, 'third', ...all)).toEqual(['file']);
    await store.deleteSandbox('third');
    expect(await held(store, 'copy', ...all)).toEqual(['file', 'memory']);
    await store.deleteSandbox('copy');
    expect(await store.statistics()).toEqual(EMPTY);
  });

  it('refuses what has no source and what has no place, and changes nothing', async () => {
    await using store = await withSandboxes(create, 'a', 'b');
    await store.addCheckpoint('a', checkpoint({ blobs: await put(store, 'a', 'c', 'x') }));
    await store.appendExecution('b', { ...start({}), ...finish({}) });
    const record = sandbox({ id: 'copy' });
    for (const [source, id] of [
      ['never', 'c'],
      ['b', 'c'],
      ['a', 'other'],
    ] as const) {
      const copied = store.copySandbox(source, id, record);
      await expect(copied).rejects.toMatchObject({ code: 'NOT_FOUND' });
    }
    const taken = store.copySandbox('a', 'c', sandbox({ id: 'b' }));
    await expect(taken).rejects.toMatchObject({ code: 'ALREADY_EXISTS' });
    expect(await list(store, {})).toEqual(['a', 'b']);
    expect(await held(store, 'b', 'x')).toEqual([]);
  });
}
