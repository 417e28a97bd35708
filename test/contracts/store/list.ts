/** Which sandboxes a list has. */
import { expect, it } from 'vitest';
import { verifies } from '../../helpers/verifies.js';
import { type CreateStore, list, NOW, sandbox } from './records.js';

export function describeList(create: CreateStore): void {
  verifies('list.filter', 'the store lists by owner, state, language and all labels', async () => {
    await using store = await create();
    const labels = { team: 'a', 'x y': 'ü' };
    await store.createSandbox(sandbox({ id: 'all', owner: 'o', state: 'stopped', labels }));
    await store.createSandbox(sandbox({ id: 'js', language: 'javascript', labels: { team: 'a' } }));
    await store.createSandbox(sandbox({ id: 'none', labels: {} }));
    expect(await list(store, {})).toEqual(['all', 'js', 'none']);
    expect(await list(store, { owner: 'o' })).toEqual(['all']);
    expect(await list(store, { state: 'stopped' })).toEqual(['all']);
    expect(await list(store, { language: 'javascript' })).toEqual(['js']);
    expect(await list(store, { labels: { team: 'a' } })).toEqual(['all', 'js']);
    expect(await list(store, { labels })).toEqual(['all']);
    expect(await list(store, { labels, owner: 'other' })).toEqual([]);
    expect(await list(store, { labels: { team: 'A' } })).toEqual([]);
    for (const name of ['toString', '__proto__', "' OR 1=1 --", '%', 'tea_']) {
      expect(await list(store, { labels: JSON.parse(`{${JSON.stringify(name)}:"a"}`) })).toEqual(
        [],
      );
    }
  });

  it('takes as many labels as there are', async () => {
    await using store = await create();
    const labels = Object.fromEntries(Array.from({ length: 1_500 }, (_, i) => [`l${i}`, 'x']));
    await store.createSandbox(sandbox({ id: 'all', labels }));
    await store.createSandbox(sandbox({ id: 'few', labels: { l0: 'x' } }));
    expect(await list(store, { labels })).toEqual(['all']);
    expect(await list(store, { labels: { ...labels, l1499: 'y' } })).toEqual([]);
  });

  it('leaves expired sandboxes out from their expireTime on', async () => {
    await using store = await create();
    await store.createSandbox(sandbox({ id: 'a', expireTime: NOW + 1 }));
    expect(await list(store, { now: NOW })).toEqual(['a']);
    expect(await list(store, { now: NOW + 1 })).toEqual([]);
    await store.updateSandbox('a', { expireTime: NOW + 2 });
    expect(await list(store, { now: NOW + 1 })).toEqual(['a']);
  });

  verifies('list.filter', 'snapshots are listed by themselves, as sandboxes are', async () => {
    await using store = await create();
    const labels = { team: 'a' };
    await store.createSandbox(sandbox({ id: 'a', labels }));
    await store.createSandbox(sandbox({ id: 's', kind: 'snapshot', owner: 'o', labels }));
    await store.createSandbox(sandbox({ id: 't', kind: 'snapshot' }));
    expect(await list(store, {})).toEqual(['a']);
    expect(await list(store, { kind: 'sandbox', labels })).toEqual(['a']);
    expect(await list(store, { kind: 'snapshot' })).toEqual(['s', 't']);
    expect(await list(store, { kind: 'snapshot', labels })).toEqual(['s']);
    expect(await list(store, { kind: 'snapshot', labels, owner: 'o' })).toEqual(['s']);
    expect(await list(store, { kind: 'snapshot', state: 'running', owner: 'x' })).toEqual([]);
  });
}
