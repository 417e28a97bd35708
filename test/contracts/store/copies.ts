/** Nothing is shared between a store and its callers. */
import { hash } from 'node:crypto';
import { expect, it } from 'vitest';
import {
  type CreateStore,
  checkpoint,
  finish,
  leaseRequest,
  NOW,
  open,
  put,
  same,
  sandbox,
  start,
} from './records.js';

export function describeCopies(create: CreateStore): void {
  it('shares nothing with its callers', async () => {
    await using store = await create();
    const record = sandbox({ id: 'a', labels: { team: 'a' }, limits: { cpus: [2] } });
    await sameAfterDamage(
      record,
      () => store.createSandbox(record),
      () => store.getSandbox('a'),
    );
    const patch = { labels: { team: 'b' }, limits: { cpus: [3] }, survival: { lost: ['x'] } };
    await sameAfterDamage(
      patch,
      () => store.updateSandbox('a', patch),
      () => store.getSandbox('a'),
    );
    await store.beginExecution('a', start({ id: 'e' }));
    const ended = finish({ outcome: { displays: [{ 'text/plain': 'x' }] } });
    const end = () => store.finishExecution('a', 'e', ended);
    await sameAfterDamage(ended, end, () => store.getExecution('a', 'e'));
    await sameAfterDamage({}, end, () => store.listExecutions('a', { limit: 1 }));
    await sameAfterDamage({}, end, () => store.listSandboxes({ pageSize: 9, now: NOW }));
    await sameAfterDamage({}, end, () => store.expiredSandboxes(NOW + 9_999, 9));
    const opened = () => open(store, 'o', 'k');
    await sameAfterDamage({}, opened, opened);
    const request = leaseRequest({});
    const acquire = () => store.acquireLease('a', request);
    await sameAfterDamage(request.owner, acquire, () => store.getLease('a'));
    const kept = checkpoint({ blobs: await put(store, 'a', 'c', 'x') });
    const add = () => store.addCheckpoint('a', kept);
    await sameAfterDamage(kept, add, () => store.getCheckpoint('a'));
    await sameAfterDamage({}, add, () => store.listCheckpoints('a'));
    const content = Buffer.from('content');
    const sha256 = hash('sha256', content);
    await store.putBlob('a', content, 'd');
    (await store.getBlob('a', sha256))?.fill(0);
    for await (const piece of (await store.openBlob('a', sha256)) ?? []) piece.fill(0);
    expect(same(await store.getBlob('a', sha256), Buffer.from('content'))).toBe(true);
  });
}

/** Damages what went in and what came out; what comes out next must be as it was first. */
async function sameAfterDamage(
  input: object,
  write: () => Promise<unknown>,
  read: () => Promise<unknown>,
): Promise<void> {
  const written = await write().catch(() => undefined);
  const before = await read();
  const expected = structuredClone(before);
  for (const value of [input, written, before]) damage(value);
  expect(await read()).toEqual(expected);
}

function damage(value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  for (const [name, item] of Object.entries(value)) {
    damage(item);
    Object.assign(value, { [name]: 'damaged' });
  }
  Object.assign(value, { damaged: true });
}
