/** A store that was closed. */
import { hash } from 'node:crypto';
import { expect, it } from 'vitest';
import {
  type CreateStore,
  checkpoint,
  finish,
  leaseRequest,
  NOW,
  open,
  sandbox,
  start,
  withSandboxes,
} from './records.js';

export function describeClose(create: CreateStore): void {
  it('refuses every call afterwards, and may be repeated', async () => {
    const store = await withSandboxes(create, 'a');
    await store.close();
    await store.close();
    expect(store.capabilities.durable).toBeTypeOf('boolean');
    const calls = [
      store.createSandbox(sandbox({})),
      open(store, 'o', 'k'),
      store.getSandbox('a'),
      store.updateSandbox('a', {}),
      store.listSandboxes({ pageSize: 1, now: NOW }),
      store.deleteSandbox('a'),
      store.expiredSandboxes(NOW, 1),
      store.beginExecution('a', start({})),
      store.finishExecution('a', 'e', finish({})),
      store.abandonExecution('a', 'e'),
      store.appendExecution('a', { ...start({}), ...finish({}) }),
      store.getExecution('a', 'e'),
      store.listExecutions('a', { limit: 1 }),
      store.acquireLease('a', leaseRequest({})),
      store.getLease('a'),
      store.renewLeases('one', NOW),
      store.releaseLease('a', 1),
      store.askForLease('a', 'one'),
      store.askedLeases('one'),
      store.rewindJournal('a', 0),
      store.addCheckpoint('a', checkpoint({})),
      store.getCheckpoint('a'),
      store.listCheckpoints('a'),
      store.removeCheckpoint('a', 'c'),
      store.copySandbox('a', 'c', sandbox({})),
      store.putBlob('a', new Uint8Array(), 'd'),
      store.putBlobs('a', [], 'd'),
      store.releaseBlobs('a', 'd'),
      store.getBlob('a', hash('sha256', '')),
      store.openBlob('a', hash('sha256', '')),
      store.statistics(),
      store.rotateKeys(),
      store.blobSize('a', hash('sha256', '')),
      store.exportSandbox('a').getReader().read(),
      store.importSandbox(new ReadableStream(), (record) => record),
      store.audit.append({ what: 'x' }),
      store.audit.list({ limit: 1 }),
      store.audit.head(),
      store.audit.verify(),
    ];
    for (const result of await Promise.allSettled(calls)) {
      expect(result).toMatchObject({ status: 'rejected', reason: { code: 'STORE_CLOSED' } });
    }
  });
}
