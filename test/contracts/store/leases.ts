/** Who may run a sandbox. */
import type { LeaseOwner, LeaseRequest } from '@belljar/store';
import { expect, it } from 'vitest';
import { type CreateStore, leaseRequest, NOW, owner, sandbox, withSandboxes } from './records.js';

export function describeLeases(create: CreateStore): void {
  it('gives a sandbox to one owner, who keeps it until it is released', async () => {
    await using store = await withSandboxes(create, 'a', 'b');
    expect(await store.getLease('a')).toBeUndefined();
    const calls = Array.from({ length: 9 }, (_, index) => owner(`o${index}`));
    const results = await Promise.all(
      calls.map((one) => store.acquireLease('a', leaseRequest({ owner: one }))),
    );
    const [winner, ...more] = results.filter(({ acquired }) => acquired);
    expect(more).toEqual([]);
    const lease = winner?.lease;
    expect(lease).toMatchObject({ sandboxId: 'a', epoch: 1, released: false });
    for (const result of results) expect(result).toMatchObject({ lease, previous: undefined });
    expect(await store.getLease('a')).toEqual(lease);
    expect(await store.acquireLease('b', leaseRequest({}))).toMatchObject({ acquired: true });
    await store.releaseLease('a', 2);
    expect(await store.getLease('a')).toMatchObject({ released: false });
    await store.releaseLease('a', 1);
    await store.releaseLease('a', 1);
    await store.releaseLease('never', 1);
    const next = await store.acquireLease('a', leaseRequest({ owner: owner('next') }));
    expect(next).toMatchObject({
      acquired: true,
      lease: { epoch: 2, owner: { id: 'next' } },
      previous: { ...lease, released: true },
    });
  });

  it('renews an owner’s leases, and no other’s', async () => {
    await using store = await withSandboxes(create, 'a', 'b', 'c', 'd');
    for (const id of ['a', 'b', 'd']) await store.acquireLease(id, leaseRequest({}));
    await store.acquireLease('c', leaseRequest({ owner: owner('other') }));
    await store.releaseLease('b', 1);
    await store.deleteSandbox('d');
    expect(await store.renewLeases('one', NOW + 500)).toEqual(['a']);
    expect(await store.getLease('a')).toMatchObject({ epoch: 1, expireTime: NOW + 500 });
    expect(await store.getLease('b')).toMatchObject({ expireTime: NOW + 100 });
    expect(await store.getLease('c')).toMatchObject({ expireTime: NOW + 100 });
    const again = await store.acquireLease('a', leaseRequest({ expireTime: NOW + 700 }));
    const lease = { epoch: 1, expireTime: NOW + 700 };
    expect(again).toMatchObject({ acquired: true, previous: undefined, lease });
  });

  it('takes a lease over when it has expired, or its owner is gone', async () => {
    await using store = await withSandboxes(create, 'a');
    const first = await store.acquireLease('a', leaseRequest({}));
    const asked: string[] = [];
    const by = (id: string, part: Partial<LeaseRequest>) =>
      store.acquireLease('a', leaseRequest({ owner: owner(id), ...part }));
    const lives = (one: LeaseOwner) => {
      asked.push(one.id);
      return false;
    };
    const inTheWay = { acquired: false, lease: first.lease, previous: undefined };
    expect(await by('two', { now: NOW + 99, isGone: lives })).toEqual(inTheWay);
    expect(asked).toEqual(['one']);
    const taken = await by('two', { now: NOW + 100, expireTime: NOW + 300, isGone: lives });
    expect(taken).toMatchObject({ acquired: true, lease: { epoch: 2 }, previous: first.lease });
    const third = await by('three', { now: NOW + 101, isGone: ({ id }) => id === 'two' });
    expect(third).toMatchObject({ acquired: true, lease: { epoch: 3 }, previous: taken.lease });
    expect(await store.renewLeases('two', NOW + 900)).toEqual([]);
    await store.releaseLease('a', 2);
    expect(await store.getLease('a')).toEqual(third.lease);
  });

  it('has none of a sandbox that is not there, is being deleted or is gone', async () => {
    await using store = await withSandboxes(create, 'a', 'b');
    await store.acquireLease('a', leaseRequest({}));
    await store.deleteSandbox('a');
    await store.updateSandbox('b', { state: 'deleting' });
    for (const id of ['a', 'b', 'never']) {
      const asked = store.acquireLease(id, leaseRequest({}));
      await expect(asked).rejects.toMatchObject({ code: 'NOT_FOUND' });
    }
    expect(await store.getLease('a')).toBeUndefined();
    await store.createSandbox(sandbox({ id: 'a' }));
    expect(await store.getLease('a')).toBeUndefined();
  });

  it('tells the owner of a lease that another one asks for it', async () => {
    await using store = await withSandboxes(create, 'a', 'b', 'c');
    for (const id of ['a', 'b']) await store.acquireLease(id, leaseRequest({}));
    await store.acquireLease('c', leaseRequest({ owner: owner('other') }));
    expect(await store.askedLeases('one')).toEqual([]);
    await store.askForLease('a', 'asker');
    await store.askForLease('a', 'asker');
    await store.askForLease('b', 'one');
    await store.askForLease('c', 'asker');
    expect(await store.askedLeases('one')).toEqual(['a']);
    await store.renewLeases('one', NOW + 500);
    await store.acquireLease('a', leaseRequest({}));
    expect(await store.askedLeases('one')).toEqual(['a']);
    await store.releaseLease('a', 1);
    expect(await store.askedLeases('one')).toEqual([]);
    await store.askForLease('a', 'asker');
    // Another lease, of the same owner, was not asked for.
    await store.acquireLease('a', leaseRequest({}));
    expect(await store.askedLeases('one')).toEqual([]);
    await expect(store.askForLease('d', 'x')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
}
