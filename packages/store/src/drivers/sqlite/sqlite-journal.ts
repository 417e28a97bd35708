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
import { parseText, patchRecord, requireLeasedRow } from './sandbox-rows.js';
import { PAD_BYTES } from './schema.js';

export function createSqliteJournal(connection: Connection): JournalStore {
  /** Runs `work` with the sandbox's row, in the transaction that checks the epoch. */
  async function write<T>(
    sandboxId: string,
    epoch: number | undefined,
    work: (sandbox: Row) => T,
  ): Promise<T> {
    connection.assertOpen();
    checkEpoch(epoch);
    return connection.write(() => work(requireLeasedRow(connection, sandboxId, epoch)));
  }
  return {
    beginExecution: (sandboxId, start, epoch) =>
      write(sandboxId, epoch, (sandbox) => begin(connection, sandbox, checkExecutionStart(start))),
    finishExecution: (sandboxId, executionId, finish, epoch) =>
      write(sandboxId, epoch, (sandbox) => {
        const entry = find(connection, sandbox, executionId);
        if (!entry) throw noExecution(sandboxId, executionId);
        if (entry.status !== 'running') throw hasEnded(executionId, entry.status as string);
        end(connection, sandbox, entry.position as number, checkExecutionFinish(finish));
      }),
    abandonExecution: (sandboxId, executionId, epoch) =>
      write(sandboxId, epoch, (sandbox) => {
        const entry = find(connection, sandbox, executionId);
        if (!entry) return;
        if (entry.status !== 'running') throw hasEnded(executionId, entry.status as string);
        remove(connection, entry);
      }),
    appendExecution: (sandboxId, entry, epoch) =>
      write(sandboxId, epoch, (sandbox) => append(connection, sandbox, entry)),
    async getExecution(sandboxId, executionId) {
      return connection.read(() => {
        const sandbox = connection.get('SELECT row FROM sandboxes WHERE id = ?', sandboxId);
        const row = sandbox && find(connection, sandbox, executionId);
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

function find(connection: Connection, sandbox: Row, executionId: string): Row | undefined {
  return connection.get(
    `SELECT e.*, s.text, o.files, o.outcome FROM executions AS e
     JOIN starts AS s ON s.sandbox = e.sandbox AND s.position = e.position
     LEFT JOIN outcomes AS o ON o.sandbox = e.sandbox AND o.position = e.position
     WHERE e.sandbox = ? AND e.id = ?`,
    sandbox.row as number,
    executionDigest(executionId),
  );
}

function begin(connection: Connection, sandbox: Row, start: ExecutionStart): BeginResult {
  const row = find(connection, sandbox, start.id);
  const known = row && toEntry(connection, row);
  const again = known?.status === 'interrupted' && known.requestHash === start.requestHash;
  if (known && !again) return { entry: known, created: false };
  if (row) remove(connection, row);
  const position = (sandbox.last_position as number) + 1;
  const key = sandbox.row as number;
  connection.run('UPDATE sandboxes SET last_position = ? WHERE row = ?', position, key);
  connection.run(
    `INSERT INTO executions VALUES (?, ?, ?, 'running', NULL)`,
    key,
    position,
    executionDigest(start.id),
  );
  connection.run(
    `INSERT INTO starts VALUES (?, ?, zeroblob(${PAD_BYTES}), ?)`,
    key,
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
  sandbox: Row,
  position: number,
  { status, endTime, files, outcome, sandbox: patch }: ExecutionFinish,
): void {
  const key = sandbox.row as number;
  connection.run(
    'UPDATE executions SET status = ?, end_time = ? WHERE sandbox = ? AND position = ?',
    status,
    endTime,
    key,
    position,
  );
  connection.run(
    `INSERT INTO outcomes VALUES (?, ?, zeroblob(${PAD_BYTES}), ?, ?)`,
    key,
    position,
    JSON.stringify(files),
    JSON.stringify(outcome),
  );
  if (patch) patchRecord(connection, sandbox, patch);
}

function append(
  connection: Connection,
  sandbox: Row,
  entry: ExecutionStart & ExecutionFinish,
): BeginResult {
  const start = checkExecutionStart(entry);
  const finish = checkExecutionFinish(entry);
  const begun = begin(connection, sandbox, start);
  if (!begun.created) return begun;
  end(connection, sandbox, begun.entry.position, finish);
  const row = find(connection, sandbox, start.id) as Row;
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
