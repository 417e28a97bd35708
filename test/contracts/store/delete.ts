/** Deleting a sandbox. */
import { hash } from 'node:crypto';
import { expect, it } from 'vitest';
import {
  type CreateStore,
  checkpoint,
  EMPTY,
  finish,
  leaseRequest,
  list,
  sandbox,
  start,
  withSandboxes,
} from './records.js';

export function describeDelete(create: CreateStore): void {
  it('leaves nothing of a sandbox, and may be repeated', async () => {
    await using store = await withSandboxes(create, 'a');
    await store.beginExecution('a', start({ id: 'running' }));
    await store.appendExecution('a', { ...start({ id: 'done' }), ...finish({}) });
    const blobs = [await store.putBlob('a', Buffer.from('x'), 'c')];
    await store.addCheckpoint('a', checkpoint({ blobs }));
    await store.putBlob('a', Buffer.from('not pointed to'), 'd');
    await store.deleteSandbox('a');
    await store.deleteSandbox('a');
    await store.deleteSandbox('never');
    expect(await store.statistics()).toEqual(EMPTY);
    expect(await store.getSandbox('a')).toBeUndefined();
    expect(await store.getExecution('a', 'done')).toBeUndefined();
    expect(await list(store, {})).toEqual([]);
    await store.createSandbox(sandbox({ id: 'a' }));
    expect(await store.listExecutions('a', { limit: 9 })).toEqual([]);
    expect(await store.listCheckpoints('a')).toEqual([]);
    expect(await store.getCheckpoint('a')).toBeUndefined();
    expect(await store.getBlob('a', hash('sha256', 'x'))).toBeUndefined();
  });

  it.for(['deleting', 'gone'])('refuses writes to a sandbox that is %s', async (what) => {
    await using store = await withSandboxes(create, 'a');
    await store.beginExecution('a', start({ id: 'e' }));
    if (what === 'gone') await store.deleteSandbox('a');
    else await store.updateSandbox('a', { state: 'deleting' });
    const writes = [
      store.updateSandbox('a', { state: 'running' }),
      store.beginExecution('a', start({ id: 'f' })),
      store.finishExecution('a', 'e', finish({})),
      store.abandonExecution('a', 'e'),
      store.appendExecution('a', { ...start({ id: 'g' }), ...finish({}) }),
      store.rewindJournal('a', 0),
      store.addCheckpoint('a', checkpoint({})),
      store.removeCheckpoint('a', 'c'),
      store.copySandbox('a', 'c', sandbox({})),
      store.askForLease('a', 'asker'),
      store.putBlob('a', Buffer.from('x'), 'd'),
      store.putBlobs('a', [], 'd'),
    ];
    for (const result of await Promise.allSettled(writes)) {
      expect(result).toMatchObject({ status: 'rejected', reason: { code: 'NOT_FOUND' } });
    }
    const lease = store.acquireLease('a', leaseRequest({}));
    await expect(lease).rejects.toMatchObject({ code: 'NOT_FOUND' });
    const mark = store.updateSandbox('a', { state: 'deleting' });
    if (what === 'gone') await expect(mark).rejects.toMatchObject({ code: 'NOT_FOUND' });
    else expect(await mark).toMatchObject({ state: 'deleting' });
    await store.deleteSandbox('a');
    expect(await store.statistics()).toEqual(EMPTY);
  });
}
