/** A sandbox as one sealed stream, out of this engine's store and into another's. */
import { randomUUID } from 'node:crypto';
import type { SandboxRecord } from '@belljar/store';
import type { EngineCore } from './engine-core.js';
import type { SandboxAccess } from './sandbox-access.js';
import { storedLimits, usedAt } from './sandbox-records.js';
import { explainStoreError } from './store-errors.js';

/** The sandbox waits until the stream is read to its end or cancelled: it must not change meanwhile. */
export function exportSandbox(access: SandboxAccess): Promise<ReadableStream<Uint8Array>> {
  const { core, id } = access;
  const begun = Promise.withResolvers<ReadableStream<Uint8Array>>();
  access
    .inTurn(async (resident) => {
      await access.refresh();
      core.assertHere(access.record);
      await core.residents.hold(id);
      // Without it the journal is all that goes along.
      if (resident.checkpoints.isBehind) await resident.checkpoints.take();
      const read = Promise.withResolvers<void>();
      begun.resolve(telling(core.store.exportSandbox(id), read.resolve));
      await read.promise;
    })
    .catch(begun.reject);
  return begun.promise;
}

/** The same stream; says when nobody reads it any more. */
function telling(source: ReadableStream<Uint8Array>, ended: () => void) {
  const reader = source.getReader();
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const { done, value } = await reader.read();
        if (!done) return controller.enqueue(value);
        controller.close();
      } catch (error) {
        controller.error(explainStoreError(error));
      }
      ended();
    },
    cancel(reason) {
      ended();
      return reader.cancel(reason);
    },
  });
}

/** A sandbox of this owner, with an id of its own and the journal that came along. */
export function importSandbox(
  core: EngineCore,
  stream: ReadableStream<Uint8Array>,
  owner: string,
): Promise<SandboxRecord> {
  return core.store.importSandbox(stream, (record) => {
    core.assertHere(record);
    const now = Date.now();
    const stored = storedLimits(record);
    const limits = { ...stored, ttlMs: core.mostTtlOf(stored.ttlMs) };
    const imported = { ...record, id: randomUUID(), key: undefined, owner, limits };
    return { ...imported, state: 'running', createTime: now, ...usedAt(now, imported) };
  });
}
