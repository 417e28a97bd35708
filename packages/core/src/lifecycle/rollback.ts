/** Puts a sandbox back to just after one of its executions. */
import { BelljarError } from '../errors.js';
import { isKept, isKeptInterrupted } from './execution-record.js';
import type { SandboxAccess } from './sandbox-access.js';
import { usedAt } from './sandbox-records.js';

/** The next call recovers it from a checkpoint before and the journal up to there. */
export function rollBackTo(access: SandboxAccess, executionId: string): Promise<void> {
  const { core, id } = access;
  return access.inTurn(async (resident) => {
    await access.refreshRunning();
    const entry = await core.store.getExecution(id, executionId);
    const isThere = entry && (isKept(entry.status) || isKeptInterrupted(entry));
    if (!isThere || entry.undone) {
      const what = entry ? 'is not part of the sandbox’s state' : 'is not known';
      throw new BelljarError('INVALID_ARGUMENT', `The execution '${executionId}' ${what}.`, {
        suggestion: 'Give one of executions() that ended with ok or error and was not undone.',
        details: { executionId },
      });
    }
    const epoch = await core.residents.hold(id);
    await resident.checkpoints.settled();
    await core.residents.endProcess(id);
    await core.store.rewindJournal(id, entry.position, epoch);
    await access.update(usedAt(Date.now(), access.record));
  });
}
