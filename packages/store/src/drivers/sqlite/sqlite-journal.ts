/** The journal of each sandbox in SQLite. */
import { checkExecutionFinish, checkExecutionStart } from '../../check-execution.js';
import { checkEpoch, checkPageSize, checkWhole, requireObject } from '../../check-input.js';
import { ELSEWHERE_FROM_BYTES } from '../../content-hash.js';
import { hasEnded, noExecution } from '../../refusals.js';
import type { Sealed } from '../../sealing/seal.js';
import type { ExecutionRecord, ExecutionStart, JournalStore } from '../../store.js';
import { removeCheckpointsAfter } from './checkpoint-rows.js';
import {
  ENTRIES,
  ENTRY,
  findEntry,
  insertEnd,
  insertEnded,
  insertStart,
  insertWhole,
  outcomeBinding,
  removeStart,
  statusOf,
  toEntry,
  toSummary,
  undoEntries,
} from './journal-rows.js';
import type { OpenSandbox } from './open-sandbox.js';
import type { Vault } from './vault.js';
import type { Writer } from './writer.js';

/** An outcome of so many characters or less is sealed with its entry, where both are written at once. */
const MOST_IN_TEXT = 2_000;

export function createSqliteJournal(vault: Vault, writer: Writer): JournalStore {
  const { connection } = vault;
  /** Runs `work` with the sandbox, in the transaction that checks the epoch. */
  async function write<T>(
    sandboxId: string,
    epoch: number | undefined,
    work: (sandbox: OpenSandbox) => T,
  ): Promise<T> {
    connection.assertOpen();
    checkEpoch(epoch);
    return vault.write(() => work(vault.leased(sandboxId, epoch)));
  }
  /** Returns what seals the outcome, inside the transaction; much is sealed before, elsewhere. */
  async function outcomeSealer(sandboxId: string, id: string, outcome: string) {
    const plain = Buffer.from(outcome);
    const binding = [...outcomeBinding(id), sandboxId];
    const here = ({ keys }: OpenSandbox): Sealed => keys.seal(binding, plain);
    if (plain.length < ELSEWHERE_FROM_BYTES) return here;
    const keys = await vault.read(() => vault.writable(sandboxId).keys);
    const sealed = await keys.sealLarge(binding, plain);
    return (sandbox: OpenSandbox): Sealed => (sandbox.keys === keys ? sealed : here(sandbox));
  }
  return {
    beginExecution: (sandboxId, start, epoch) =>
      write(sandboxId, epoch, (sandbox) => {
        const checked = checkExecutionStart(start);
        const known = knownEntry(vault, sandbox, checked);
        if (known) return { entry: known, created: false };
        const begun = insertStart(vault, sandbox, checked);
        tellBegun(vault, sandbox, checked);
        sandbox.save();
        return begun;
      }),
    async finishExecution(sandboxId, executionId, finish, epoch) {
      checkEpoch(epoch);
      const checked = checkExecutionFinish(finish);
      connection.assertOpen();
      const sealOutcome = await outcomeSealer(
        sandboxId,
        executionId,
        JSON.stringify(checked.outcome),
      );
      const unused = await write(sandboxId, epoch, (sandbox) => {
        const row = findEntry(vault, sandbox, executionId);
        if (!row) throw noExecution(sandboxId, executionId);
        const status = statusOf(sandbox, row);
        if (status !== 'running') throw hasEnded(executionId, status);
        const position = row.position as number;
        insertEnd(vault, sandbox, position, checked, sealOutcome(sandbox));
        sandbox.save();
        return writer.endDraft(sandbox, executionId);
      });
      await writer.afterDraft(sandboxId, executionId, unused);
    },
    abandonExecution: (sandboxId, executionId, epoch) =>
      write(sandboxId, epoch, (sandbox) => {
        const row = findEntry(vault, sandbox, executionId);
        if (!row) return;
        const status = statusOf(sandbox, row);
        if (status !== 'running') throw hasEnded(executionId, status);
        removeStart(vault, sandbox, row);
        sandbox.save();
      }),
    async appendExecution(sandboxId, entry, epoch) {
      checkEpoch(epoch);
      const start = checkExecutionStart(entry);
      const finish = checkExecutionFinish(entry);
      connection.assertOpen();
      const outcome = JSON.stringify(finish.outcome);
      const sealOutcome =
        outcome.length > MOST_IN_TEXT
          ? await outcomeSealer(sandboxId, start.id, outcome)
          : undefined;
      const [appended, unused] = await write(sandboxId, epoch, (sandbox) => {
        const known = knownEntry(vault, sandbox, start);
        if (known) return [{ entry: known, created: false }, []];
        const added = sealOutcome
          ? insertEnded(vault, sandbox, start, finish, sealOutcome(sandbox))
          : insertWhole(vault, sandbox, start, finish);
        tellBegun(vault, sandbox, start);
        sandbox.save();
        return [added, writer.endDraft(sandbox, start.id)];
      });
      if (appended.created) await writer.afterDraft(sandboxId, start.id, unused);
      return appended;
    },
    async getExecution(sandboxId, executionId) {
      return vault.read(() => {
        const sandbox = vault.sandbox(sandboxId);
        if (!sandbox) return undefined;
        sandbox.verifyOnce();
        const row = findEntry(vault, sandbox, executionId);
        return row && toEntry(sandbox, row);
      });
    },
    async listExecutions(sandboxId, query) {
      connection.assertOpen();
      requireObject(query, 'query');
      const after = checkWhole(query.after ?? 0, 'after');
      const limit = checkPageSize(query.limit, 'limit');
      return vault.read(() => {
        const sandbox = vault.sandbox(sandboxId);
        if (!sandbox) return [];
        if (after === 0) sandbox.verify();
        else sandbox.verifyOnce();
        const rows = connection.all(
          `${ENTRY} ${ENTRIES} WHERE e.sandbox = ? AND e.position > ? ORDER BY e.position LIMIT ?`,
          sandbox.row,
          after,
          limit,
        );
        return rows.map((row) => toSummary(sandbox, row));
      });
    },
    async rewindJournal(sandboxId, position, epoch) {
      const files = await write(sandboxId, epoch, (sandbox) => {
        const after = checkWhole(position, 'position');
        const undone = undoEntries(vault, sandbox, after, writer.id);
        const removed = removeCheckpointsAfter(vault, sandbox, after, writer.id);
        vault.saveAs(sandbox, 'rollback', { position });
        return [...undone, ...removed];
      });
      await writer.removeFiles(files);
    },
  };
}

/** The entry of this id, unless it may begin. */
function knownEntry(
  vault: Vault,
  sandbox: OpenSandbox,
  start: ExecutionStart,
): ExecutionRecord | undefined {
  const row = findEntry(vault, sandbox, start.id);
  if (!row) return undefined;
  const known = toEntry(sandbox, row);
  if (known.status !== 'interrupted' || known.requestHash !== start.requestHash) return known;
  removeStart(vault, sandbox, row);
  return undefined;
}

function tellBegun(vault: Vault, sandbox: OpenSandbox, { id, requestHash }: ExecutionStart): void {
  vault.tell(sandbox, 'execute', { execution: id, requestHash });
}
