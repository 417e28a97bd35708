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
        const entry = find(connection, sandbox.row, executionId);
        if (!entry) throw noExecution(sandboxId, executionId);
        if (entry.status !== 'running') throw hasEnded(executionId, entry.status as string);
        end(connection, sandbox, entry.position as number, checkExecutionFinish(finish));
      }),
    abandonExecution: (sandboxId, executionId, epoch) =>
      write(sandboxId, epoch, (sandbox) => {
        const entry = find(connection, sandbox.row, executionId);
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
            `${columns('o.files')}
             WHERE e.sandbox = (SELECT row FROM sandboxes WHERE id = ?) AND e.position > ?
             ORDER BY e.position LIMIT ?`,
            ...values,
          )
          .map((row) => toSummary(connection, row)),
      );
    },
  };
}

/** What has no outcome runs, or was interrupted. What is not asked for is not read. */
const columns = (...texts: string[]): string => `
  SELECT e.sandbox, e.position, coalesce(o.end_time, e.interrupt_time) AS end_time,
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
  const position = nextPosition(connection, sandbox.row);
  connection.run(
    `INSERT INTO executions VALUES (?, ?, ?, NULL, zeroblob(${PAD_BYTES}), ?)`,
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
    `INSERT INTO outcomes VALUES (?, ?, ?, ?, zeroblob(${PAD_BYTES}), ?, ?)`,
    row,
    position,
    status,
    endTime,
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

/** Greater than every position that is or was. */
function nextPosition(connection: Connection, sandbox: number): number {
  const last = connection.get(
    `SELECT max(last_removed_position, coalesce(
       (SELECT max(position) FROM executions WHERE sandbox = row), 0)) AS position
     FROM sandboxes WHERE row = ?`,
    sandbox,
  );
  return (last?.position as number) + 1;
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
