/** What every driver says when a journal write is refused. */
import { StoreError } from './errors.js';
import type { Lease } from './store.js';

/** A write is the lease's when it brings its epoch, or none where nobody holds the sandbox. */
export function requireEpoch(
  sandboxId: string,
  lease: Lease | undefined,
  epoch: number | undefined,
): void {
  const current = lease?.released === false ? lease.epoch : undefined;
  if (current === epoch) return;
  throw new StoreError('LEASE_LOST', 'Another engine may run the sandbox now.', {
    details: { sandboxId, epoch, current, pid: lease?.owner.pid, host: lease?.owner.host },
  });
}

export function noSandbox(sandboxId: string): StoreError {
  return new StoreError('NOT_FOUND', 'There is no such sandbox.', { details: { sandboxId } });
}

export function noExecution(sandboxId: string, executionId: string): StoreError {
  return new StoreError('NOT_FOUND', 'There is no such execution.', {
    details: { sandboxId, executionId },
  });
}

export function hasEnded(executionId: string, status: string): StoreError {
  return new StoreError('ALREADY_EXISTS', 'The execution has ended already.', {
    details: { executionId, status },
  });
}

export function isTaken(name: 'id' | 'key', value: string): StoreError {
  return new StoreError('ALREADY_EXISTS', `There is a sandbox with this ${name}.`, {
    details: { [name]: value },
  });
}

export function storeClosed(): StoreError {
  return new StoreError('STORE_CLOSED', 'The store was closed.');
}
