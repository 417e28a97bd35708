/** What every driver says when a journal write is refused. */
import { invalid } from './check-input.js';
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

export function isTaken(name: 'id' | 'key', value: string, what = 'sandbox'): StoreError {
  return new StoreError('ALREADY_EXISTS', `There is a ${what} with this ${name}.`, {
    details: { [name]: value },
  });
}

export function noCheckpoint(sandboxId: string, checkpointId: string): StoreError {
  return new StoreError('NOT_FOUND', 'There is no such checkpoint.', {
    details: { sandboxId, checkpointId },
  });
}

export function noBlobs(sandboxId: string, blobs: string[]): StoreError {
  return new StoreError('NOT_FOUND', 'The sandbox does not hold what the checkpoint refers to.', {
    details: { sandboxId, blobs },
  });
}

export function afterTheJournal(lastPosition: number): StoreError {
  return invalid('position', `must not be greater than the newest entry's, ${lastPosition}`);
}

export function storeClosed(): StoreError {
  return new StoreError('STORE_CLOSED', 'The store was closed.');
}
