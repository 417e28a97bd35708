/** The log of who did what to which sandbox. */
import { hash } from 'node:crypto';
import { expect, it } from 'vitest';
import {
  type CreateStore,
  checkpoint,
  leaseRequest,
  owner,
  refused,
  sandbox,
  start,
  withSandboxes,
} from './records.js';

export function describeAudit(create: CreateStore): void {
  it('has a line for each deed, in order, each once', async () => {
    await using store = await withSandboxes(create, 'a');
    await store.acquireLease('a', leaseRequest({}));
    await store.acquireLease('a', leaseRequest({}));
    await store.beginExecution('a', start({ id: 'e' }), 1);
    await store.beginExecution('a', start({ id: 'e' }), 1);
    await store.addCheckpoint('a', checkpoint({}), 1);
    await store.acquireLease('a', leaseRequest({ owner: owner('two'), isGone: () => true }));
    await store.rewindJournal('a', 0, 2);
    await store.copySandbox('a', 'c', sandbox({ id: 'f', owner: 'another' }));
    await store.copySandbox('a', 'c', sandbox({ id: 's', kind: 'snapshot' }));
    await store.deleteSandbox('f');
    await store.deleteSandbox('f');
    await store.deleteSandbox('s', 'expire');
    await expect(store.createSandbox(sandbox({ id: 'a' }))).rejects.toThrow();
    const number = await store.audit.append({ what: 'looked', details: { by: ['me'] } });
    const lines = await store.audit.list({ limit: 1_000 });
    expect(lines.map(({ what, sandboxId }) => [what, sandboxId])).toEqual([
      ['create', 'a'],
      ['open', 'a'],
      ['execute', 'a'],
      ['take-over', 'a'],
      ['rollback', 'a'],
      ['fork', 'f'],
      ['snapshot', 's'],
      ['delete', 'f'],
      ['expire', 's'],
      ['looked', undefined],
    ]);
    expect(lines.map(({ sequence }) => sequence)).toEqual(lines.map((_, index) => index + 1));
    expect(lines.at(-1)).toMatchObject({ sequence: number, details: { by: ['me'] } });
    const requestHash = hash('sha256', 'request');
    expect(lines[2]).toMatchObject({
      owner: 'owner',
      pid: process.pid,
      host: expect.any(String),
      engine: expect.any(String),
      time: expect.any(Number),
      details: { execution: 'e', requestHash },
    });
    expect(lines[5]).toMatchObject({ owner: 'another', details: { from: 'a' } });
    expect(await store.audit.list({ after: 3, limit: 2 })).toEqual(lines.slice(3, 5));
  });

  it('is verified, also against a head that was kept elsewhere', async () => {
    await using store = await withSandboxes(create);
    const none = { sequence: 0, link: '0'.repeat(64) };
    expect(await store.audit.head()).toEqual(none);
    for (const id of ['a', 'b', 'c']) await store.createSandbox(sandbox({ id }));
    const pinned = await store.audit.head();
    await store.deleteSandbox('b');
    const head = await store.audit.head();
    for (const one of [undefined, none, pinned, head]) {
      expect(await store.audit.verify(one)).toEqual({ ok: true, head });
    }
    for (const one of [
      { sequence: pinned.sequence, link: head.link },
      { sequence: 99, link: head.link },
    ]) {
      const verdict = await store.audit.verify(one);
      expect(verdict).toMatchObject({ ok: false, reason: expect.any(String) });
    }
    await refused(store.audit.verify({ sequence: -1, link: head.link }));
    await refused(store.audit.verify({ sequence: 1, link: 'x' }));
    await refused(store.audit.append({ what: '' }));
    await refused(store.audit.append({ what: 'x', details: 1n }));
    await refused(store.audit.list({ limit: 0 }));
  });
}
