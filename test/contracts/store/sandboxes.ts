/** Records of sandboxes. */
import { expect, it } from 'vitest';
import { type CreateStore, NOW, sandbox } from './records.js';

export function describeSandboxes(create: CreateStore): void {
  it('gives back what was stored', async () => {
    await using store = await create();
    const record = sandbox({
      id: 'a',
      location: 'eu',
      labels: JSON.parse('{"__proto__":"1","é":""}'),
    });
    await store.createSandbox(record);
    expect(await store.getSandbox('a')).toEqual(record);
    expect(Object.entries((await store.getSandbox('a'))?.labels ?? {})).toEqual([
      ['__proto__', '1'],
      ['é', ''],
    ]);
    expect(await store.getSandbox('b')).toBeUndefined();
  });

  it('refuses an id twice', async () => {
    await using store = await create();
    await store.createSandbox(sandbox({ id: 'a', owner: 'first' }));
    const second = store.createSandbox(sandbox({ id: 'a', owner: 'second' }));
    await expect(second).rejects.toMatchObject({ code: 'ALREADY_EXISTS' });
    expect((await store.getSandbox('a'))?.owner).toBe('first');
  });

  it('changes what a patch has and leaves the rest', async () => {
    await using store = await create();
    const record = sandbox({ id: 'a', survival: { lost: [] } });
    await store.createSandbox(record);
    const patch = { state: 'stopped', labels: { team: 'b' }, survival: null } as const;
    const updated = await store.updateSandbox('a', { ...patch, displayName: undefined });
    expect(updated).toEqual({ ...record, ...patch });
    expect(await store.getSandbox('a')).toEqual(updated);
    const missing = store.updateSandbox('b', patch);
    await expect(missing).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('names expired sandboxes, longest expired first', async () => {
    await using store = await create();
    for (const [id, offset] of Object.entries({ a: 1, b: 0, c: -5, d: -2 })) {
      await store.createSandbox(sandbox({ id, expireTime: NOW + offset }));
    }
    const expired = async (limit: number) =>
      (await store.expiredSandboxes(NOW, limit)).map((record) => record.id);
    expect(await expired(10)).toEqual(['c', 'd', 'b']);
    expect(await expired(2)).toEqual(['c', 'd']);
  });
}
