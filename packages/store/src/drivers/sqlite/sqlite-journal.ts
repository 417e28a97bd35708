/** The journal of each sandbox in SQLite. */
import {
  checkEpoch,
  checkExecutionFinish,
  checkExecutionStart,
  checkPageSize,
  checkWhole,
  requireObject,
} from '../../check-input.js';
import { hasEnded, noExecution } from '../../refusals.js';
import type {
  BeginResult,
  ExecutionFinish,
  ExecutionRecord,
  ExecutionStart,
  ExecutionSummary,
  FileRecord,
  JournalStore,
} from '../../store.js';
import type { Connection, Row } from './connection.js';
import { executionDigest } from './digest.js';
import { parseText, patchColumns, patchRecord, requireLeased, rowOfId } from './sandbox-rows.js';
import { PAD_BYTES } from './schema.js';

type Leased = ReturnType<typeof requireLeased>;

export function createSqliteJournal(connection: Connection): JournalStore {
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
        const entry = place(connection, sandbox.row, executionId);
        if (!entry) throw noExecution(sandboxId, executionId);
        if (entry.status !== 'running') throw hasEnded(executionId, entry.status as string);
        end(connection, sandbox, entry.position as number, checkExecutionFinish(finish));
      }),
    abandonExecution: (sandboxId, executionId, epoch) =>
      write(sandboxId, epoch, (sandbox) => {
        const entry = place(connection, sandbox.row, executionId);
        if (!entry) return;
        if (entry.status !== 'running') throw hasEnded(executionId, entry.status as string);
        remove(connection, entry);
      }),
    appendExecution: (sandboxId, entry, epoch) =>
      write(sandboxId, epoch, (sandbox) => append(connection, sandbox, entry)),
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
            `SELECT e.*, s.text, o.files FROM executions AS e
             JOIN starts AS s ON s.sandbox = e.sandbox AND s.position = e.position
             LEFT JOIN outcomes AS o ON o.sandbox = e.sandbox AND o.position = e.position
             WHERE e.sandbox = (SELECT row FROM sandboxes WHERE id = ?) AND e.position > ?
             ORDER BY e.position LIMIT ?`,
            ...values,
          )
          .map((row) => toSummary(connection, row)),
      );
    },
  };
}

/** An entry without its text. */
function place(connection: Connection, sandbox: number, executionId: string): Row | undefined {
  return connection.get(
    'SELECT sandbox, position, status FROM executions WHERE sandbox = ? AND id = ?',
    sandbox,
    executionDigest(executionId),
  );
}

function find(connection: Connection, sandbox: number, executionId: string): Row | undefined {
  return connection.get(
    `SELECT e.*, s.text, o.files, o.outcome FROM executions AS e
     JOIN starts AS s ON s.sandbox = e.sandbox AND s.position = e.position
     LEFT JOIN outcomes AS o ON o.sandbox = e.sandbox AND o.position = e.position
     WHERE e.sandbox = ? AND e.id = ?`,
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
  const position = sandbox.lastPosition + 1;
  connection.run('UPDATE sandboxes SET last_position = ? WHERE row = ?', position, sandbox.row);
  connection.run(
    `INSERT INTO executions VALUES (?, ?, ?, 'running', NULL)`,
    sandbox.row,
    position,
    executionDigest(start.id),
  );
  connection.run(
    `INSERT INTO starts VALUES (?, ?, zeroblob(${PAD_BYTES}), ?)`,
    sandbox.row,
    position,
    JSON.stringify(start),
  );
  const entry: ExecutionRecord = {
    ...start,
    position,
    status: 'running',
    endTime: undefined,
    files: [],
    outcome: null,
  };
  return { entry, created: true };
}

function end(
  connection: Connection,
  { id, row }: Leased,
  position: number,
  { status, endTime, files, outcome, sandbox: patch }: ExecutionFinish,
): void {
  connection.run(
    'UPDATE executions SET status = ?, end_time = ? WHERE sandbox = ? AND position = ?',
    status,
    endTime,
    row,
    position,
  );
  connection.run(
    `INSERT INTO outcomes VALUES (?, ?, zeroblob(${PAD_BYTES}), ?, ?)`,
    row,
    position,
    JSON.stringify(files),
    JSON.stringify(outcome),
  );
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
): BeginResult {
  const start = checkExecutionStart(entry);
  const finish = checkExecutionFinish(entry);
  const begun = begin(connection, sandbox, start);
  if (!begun.created) return begun;
  end(connection, sandbox, begun.entry.position, finish);
  const row = find(connection, sandbox.row, start.id) as Row;
  return { entry: toEntry(connection, row), created: true };
}

function remove(connection: Connection, { sandbox, position }: Row): void {
  for (const table of ['executions', 'starts', 'outcomes']) {
    const sql = `DELETE FROM ${table} WHERE sandbox = ? AND position = ?`;
    connection.run(sql, sandbox as number, position as number);
  }
}

function toSummary(connection: Connection, row: Row): ExecutionSummary {
  return {
    ...parseText<ExecutionStart>(connection, row.text),
    position: row.position as number,
    status: row.status as ExecutionSummary['status'],
    endTime: (row.end_time as number | null) ?? undefined,
    files: row.files === null ? [] : parseText<FileRecord[]>(connection, row.files),
  };
}

function toEntry(connection: Connection, row: Row): ExecutionRecord {
  const outcome = row.outcome === null ? null : parseText(connection, row.outcome);
  return { ...toSummary(connection, row), outcome };
}
