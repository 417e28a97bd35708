/** A journal under leases. */
import { hash } from 'node:crypto';
import { expect, it } from 'vitest';
import {
  type CreateStore,
  checkpoint,
  finish,
  leaseRequest,
  NOW,
  owner,
  start,
  withSandboxes,
} from './records.js';

export function describeLeasedJournal(create: CreateStore): void {
  it('takes writes of the lease’s epoch only, and none of a lease where there is none', async () => {
    await using store = await withSandboxes(create, 'a');
    await store.beginExecution('a', start({ id: 'before' }));
    const writes = (epoch: number | undefined, id: string) => [
      store.beginExecution('a', start({ id }), epoch),
      store.finishExecution('a', 'e', finish({}), epoch),
      store.abandonExecution('a', 'e', epoch),
      store.appendExecution('a', { ...start({ id: `${id}!` }), ...finish({}) }, epoch),
      store.rewindJournal('a', 0, epoch),
      store.addCheckpoint('a', checkpoint({}), epoch),
      store.removeCheckpoint('a', 'c', epoch),
    ];
    const allLost = async (epoch: number | undefined) => {
      for (const result of await Promise.allSettled(writes(epoch, 'f'))) {
        expect(result).toMatchObject({ status: 'rejected', reason: { code: 'LEASE_LOST' } });
      }
    };
    await allLost(1);
    await store.acquireLease('a', leaseRequest({}));
    await store.beginExecution('a', start({ id: 'e' }), 1);
    await allLost(undefined);
    await allLost(2);
    await allLost(0);
    await store.acquireLease('a', leaseRequest({ owner: owner('two'), isGone: () => true }));
    await allLost(1);
    await store.releaseLease('a', 2);
    await allLost(2);
    const entries = await store.listExecutions('a', { limit: 9 });
    expect(entries.map(({ id, status }) => [id, status])).toEqual([
      ['before', 'interrupted'],
      ['e', 'interrupted'],
    ]);
    await store.beginExecution('a', start({ id: 'after' }));
  });

  it('marks what ran under a former lease, and lets the same request run again', async () => {
    await using store = await withSandboxes(create, 'a');
    await store.acquireLease('a', leaseRequest({}));
    const { entry } = await store.beginExecution('a', start({ id: 'e' }), 1);
    await store.appendExecution('a', { ...start({ id: 'done' }), ...finish({}) }, 1);
    await store.acquireLease('a', leaseRequest({ now: NOW + 1 }));
    expect(await store.getExecution('a', 'e')).toMatchObject({ status: 'running' });
    const now = NOW + 100;
    await store.acquireLease('a', leaseRequest({ owner: owner('two'), now }));
    const interrupted = { ...entry, status: 'interrupted', endTime: now, outcome: null };
    expect(await store.getExecution('a', 'e')).toEqual(interrupted);
    expect(await store.getExecution('a', 'done')).toMatchObject({ status: 'ok' });
    for (const call of [
      store.finishExecution('a', 'e', finish({}), 2),
      store.abandonExecution('a', 'e', 2),
    ]) {
      await expect(call).rejects.toMatchObject({ code: 'ALREADY_EXISTS' });
    }
    const otherHash = hash('sha256', 'other');
    const other = await store.beginExecution('a', start({ id: 'e', requestHash: otherHash }), 2);
    expect(other).toEqual({ entry: interrupted, created: false });
    const again = await store.beginExecution('a', start({ id: 'e' }), 2);
    expect(again).toMatchObject({ created: true, entry: { status: 'running' } });
    expect(again.entry.position).toBeGreaterThan(entry.position + 1);
    const entries = await store.listExecutions('a', { limit: 9 });
    expect(entries.map(({ id }) => id)).toEqual(['done', 'e']);
  });
}
