/** One sandbox per owner and key. */
import { expect, it } from 'vitest';
import { type CreateStore, NOW, open, sandbox } from './records.js';

export function describeKeys(create: CreateStore): void {
  it('creates one sandbox from many calls at once with one key', async () => {
    await using store = await create();
    const calls = Array.from({ length: 50 }, () => open(store, 'o', 'k'));
    const results = await Promise.all(calls);
    expect(results.filter((result) => result.created)).toHaveLength(1);
    expect(new Set(results.map((result) => result.record.id)).size).toBe(1);
    expect(await store.statistics()).toMatchObject({ sandboxes: 1 });
  });

  it('keeps keys of different owners apart', async () => {
    await using store = await create();
    const pairs = [
      ['a', 'bc'],
      ['ab', 'c'],
      ['', 'abc'],
      ['A', 'bc'],
    ] as const;
    for (const [owner, key] of pairs) {
      expect(await open(store, owner, key)).toMatchObject({
        created: true,
        record: { owner, key },
      });
    }
    expect(await store.statistics()).toMatchObject({ sandboxes: pairs.length });
  });

  it('gives a key anew when its sandbox has expired, is being deleted or is gone', async () => {
    await using store = await create();
    const first = await open(store, 'o', 'k');
    const { id, expireTime } = first.record;
    expect(await open(store, 'o', 'k', expireTime - 1)).toEqual({ ...first, created: false });
    const second = await open(store, 'o', 'k', expireTime);
    expect(second).toMatchObject({ created: true });
    expect((await store.getSandbox(id))?.key).toBeUndefined();
    await store.deleteSandbox(id);
    expect(await open(store, 'o', 'k', expireTime)).toEqual({ ...second, created: false });
    await store.updateSandbox(second.record.id, { state: 'deleting' });
    const third = await open(store, 'o', 'k', expireTime);
    expect(third).toMatchObject({ created: true });
    await store.deleteSandbox(third.record.id);
    expect(await open(store, 'o', 'k', expireTime)).toMatchObject({ created: true });
  });
}

export function describeKeyRefusals(create: CreateStore): void {
  it('stores nothing when no right record is made', async () => {
    await using store = await create();
    const fail = () => {
      throw new Error('no record');
    };
    await expect(store.openSandbox('o', 'k', fail, NOW)).rejects.toThrow('no record');
    const wrong = store.openSandbox('o', 'k', () => sandbox({ owner: 'x', key: 'k' }), NOW);
    await expect(wrong).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    await open(store, 'o', 'k');
    const taken = store.createSandbox(sandbox({ owner: 'o', key: 'k' }));
    await expect(taken).rejects.toMatchObject({ code: 'ALREADY_EXISTS' });
    expect(await store.statistics()).toMatchObject({ sandboxes: 1 });
  });
}
