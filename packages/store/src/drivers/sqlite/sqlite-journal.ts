/** The journal of each sandbox in SQLite. */
import { checkExecutionFinish, checkExecutionStart, contentOf } from '../../check-execution.js';
import { checkEpoch, checkPageSize, checkWhole, requireObject } from '../../check-input.js';
import { hasEnded, noExecution } from '../../refusals.js';
import type {
  BeginResult,
  ExecutionFinish,
  ExecutionRecord,
  ExecutionStart,
  ExecutionSummary,
  JournalStore,
} from '../../store.js';
import { dropUnused, releaseUses, useBlobs } from './blob-uses.js';
import type { Connection, Row } from './connection.js';
import { executionDigest } from './digest.js';
import {
  lastPosition,
  parseText,
  patchColumns,
  patchRecord,
  requireLeased,
  rowOfId,
} from './sandbox-rows.js';
import { PAD_BYTES } from './schema.js';
import { removeCheckpointsAfter } from './sqlite-checkpoints.js';
import type { Writer } from './writer.js';

type Leased = ReturnType<typeof requireLeased>;

export function createSqliteJournal(connection: Connection, writer: Writer): JournalStore {
  /** Runs `work` with the sandbox, in the transaction that checks the epoch. */
  async function write<T>(
    sandboxId: string,
    epoch: number | undefined,
    work: (sandbox: Leased) => T,
  ): Promise<T> {
    connection.assertOpen();
    checkEpoch(epoch);
    return connection.write(() => work(requireLeased(connection, sandboxId, epoch)));
  }
  return {
    beginExecution: (sandboxId, start, epoch) =>
      write(sandboxId, epoch, (sandbox) => begin(connection, sandbox, checkExecutionStart(start))),
    finishExecution: (sandboxId, executionId, finish, epoch) =>
      write(sandboxId, epoch, (sandbox) => {
        const entry = find(connection, sandbox.row, executionId);
        if (!entry) throw noExecution(sandboxId, executionId);
        if (entry.status !== 'running') throw hasEnded(executionId, entry.status as string);
        end(connection, sandbox, entry, checkExecutionFinish(finish), writer.id);
      }),
    abandonExecution: (sandboxId, executionId, epoch) =>
      write(sandboxId, epoch, (sandbox) => {
        const entry = find(connection, sandbox.row, executionId);
        if (!entry) return;
        if (entry.status !== 'running') throw hasEnded(executionId, entry.status as string);
        remove(connection, entry);
      }),
    appendExecution: (sandboxId, entry, epoch) =>
      write(sandboxId, epoch, (sandbox) => append(connection, sandbox, entry, writer.id)),
    async getExecution(sandboxId, executionId) {
      return connection.read(() => {
        const sandbox = connection.get('SELECT row FROM sandboxes WHERE id = ?', sandboxId);
        const row = sandbox && find(connection, sandbox.row as number, executionId);
        return row && toEntry(connection, row);
      });
    },
    async listExecutions(sandboxId, query) {
      connection.assertOpen();
      requireObject(query, 'query');
      const values = [
        sandboxId,
        checkWhole(query.after ?? 0, 'after'),
        checkPageSize(query.limit, 'limit'),
      ];
      return connection.read(() =>
        connection
          .all(
            `${columns('o.files')}
             WHERE e.sandbox = (SELECT row FROM sandboxes WHERE id = ?) AND e.position > ?
             ORDER BY e.position LIMIT ?`,
            ...values,
          )
          .map((row) => toSummary(connection, row)),
      );
    },
    async rewindJournal(sandboxId, position, epoch) {
      const files = await write(sandboxId, epoch, ({ row }) =>
        rewind(connection, row, checkWhole(position, 'position'), writer.id),
      );
      await writer.removeFiles(files);
    },
  };
}

/** What has no outcome runs, or was interrupted. What is not asked for is not read. */
const columns = (...texts: string[]): string => `
  SELECT e.sandbox, e.position, e.undone, coalesce(o.end_time, e.interrupt_time) AS end_time,
    coalesce(o.status, iif(e.interrupt_time IS NULL, 'running', 'interrupted')) AS status,
    ${['e.text', ...texts].join(', ')} FROM executions AS e
  LEFT JOIN outcomes AS o ON o.sandbox = e.sandbox AND o.position = e.position`;

function find(connection: Connection, sandbox: number, executionId: string): Row | undefined {
  return connection.get(
    `${columns('o.files', 'o.outcome')} WHERE e.sandbox = ? AND e.id = ?`,
    sandbox,
    executionDigest(executionId),
  );
}

function begin(connection: Connection, sandbox: Leased, start: ExecutionStart): BeginResult {
  const row = find(connection, sandbox.row, start.id);
  const known = row && toEntry(connection, row);
  const again = known?.status === 'interrupted' && known.requestHash === start.requestHash;
  if (known && !again) return { entry: known, created: false };
  if (row) remove(connection, row);
  const position = lastPosition(connection, sandbox.row) + 1;
  connection.run(
    `INSERT INTO executions VALUES (?, ?, ?, NULL, 0, zeroblob(${PAD_BYTES}), ?)`,
    sandbox.row,
    position,
    executionDigest(start.id),
    JSON.stringify(start),
  );
  const entry: ExecutionRecord = {
    ...start,
    position,
    status: 'running',
    endTime: undefined,
    files: [],
    inputs: [],
    outcome: null,
  };
  return { entry, created: true };
}

function end(
  connection: Connection,
  { id, row }: Leased,
  entry: Row,
  finish: ReturnType<typeof checkExecutionFinish>,
  writer: number,
): void {
  const { status, endTime, files, inputs, outcome, sandbox: patch } = finish;
  const position = entry.position as number;
  connection.run(
    `INSERT INTO outcomes VALUES (?, ?, ?, ?, zeroblob(${PAD_BYTES}), ?, ?)`,
    row,
    position,
    status,
    endTime,
    JSON.stringify({ files, inputs }),
    JSON.stringify(outcome),
  );
  const user = { sandbox: row, checkpoint: 0, position };
  if (entry.undone !== 1) useBlobs(connection, user, contentOf(finish), writer);
  if (!patch) return;
  // The text is read and written for those that change it only.
  const { state, updateTime, expireTime, ...text } = patch;
  if (Object.keys(text).length === 0) patchColumns(connection, row, patch);
  else patchRecord(connection, rowOfId(connection, id) as Row, patch);
}

function append(
  connection: Connection,
  sandbox: Leased,
  entry: ExecutionStart & ExecutionFinish,
  writer: number,
): BeginResult {
  const start = checkExecutionStart(entry);
  const finish = checkExecutionFinish(entry);
  const begun = begin(connection, sandbox, start);
  if (!begun.created) return begun;
  end(connection, sandbox, { position: begun.entry.position }, finish, writer);
  const row = find(connection, sandbox.row, start.id) as Row;
  return { entry: toEntry(connection, row), created: true };
}

/** Returns the files that nothing needs any more. */
function rewind(
  connection: Connection,
  sandbox: number,
  position: number,
  writer: number,
): string[] {
  const undone = connection.all(
    'UPDATE executions SET undone = 1 WHERE sandbox = ? AND position > ? RETURNING position',
    sandbox,
    position,
  );
  const files = removeCheckpointsAfter(connection, sandbox, position, writer);
  for (const row of undone) {
    const user = { sandbox, checkpoint: 0, position: row.position as number };
    files.push(...dropUnused(connection, releaseUses(connection, user), writer));
  }
  return files;
}

/** It has no outcome. */
function remove(connection: Connection, row: Row): void {
  const [sandbox, position] = [row.sandbox as number, row.position as number];
  connection.run('DELETE FROM executions WHERE sandbox = ? AND position = ?', sandbox, position);
  connection.run(
    'UPDATE sandboxes SET last_removed_position = max(last_removed_position, ?) WHERE row = ?',
    position,
    sandbox,
  );
}

function toSummary(connection: Connection, row: Row): ExecutionSummary {
  const { files, inputs } =
    row.files === null
      ? { files: [], inputs: [] }
      : parseText<Pick<ExecutionSummary, 'files' | 'inputs'>>(connection, row.files);
  const summary: ExecutionSummary = {
    ...parseText<ExecutionStart>(connection, row.text),
    position: row.position as number,
    status: row.status as ExecutionSummary['status'],
    endTime: (row.end_time as number | null) ?? undefined,
    files,
    inputs,
  };
  if (row.undone === 1) summary.undone = true;
  return summary;
}

function toEntry(connection: Connection, row: Row): ExecutionRecord {
  const outcome = row.outcome === null ? null : parseText(connection, row.outcome);
  return { ...toSummary(connection, row), outcome };
}
