/** Entries of journals as rows: what began, and what it came to. Sealed, each at its position. */
import { contentOf } from '../../check-execution.js';
import type { Sealed } from '../../sealing/seal.js';
import type {
  BeginResult,
  ExecutionFinish,
  ExecutionRecord,
  ExecutionStart,
  ExecutionSummary,
  FinalStatus,
} from '../../store.js';
import { dropUnused, releaseUses, useBlobs } from './blob-uses.js';
import type { Connection, Row } from './connection.js';
import type { OpenSandbox } from './open-sandbox.js';
import { patchRecord } from './sandbox-rows.js';
import type { Vault } from './vault.js';

interface End extends Pick<ExecutionSummary, 'files' | 'inputs'> {
  status: FinalStatus;
  endTime: number;
}

/** What is sealed of an entry when it begins; of one that is whole, its end too. */
interface StartText extends ExecutionStart {
  interruptTime?: number;
  undone?: true;
  end?: End & Pick<ExecutionRecord, 'outcome'>;
}

/** What is sealed when it has ended; the outcome is sealed beside it. */
interface EndText extends End {
  /** Of the outcome. Hex. */
  tag: string;
}

type CheckedFinish = ExecutionFinish & Pick<End, 'inputs'>;

/** An entry as it is stored. What is not asked for is not read. */
export const ENTRY = 'SELECT e.position, e.tag, e.text, o.tag AS end_tag, o.text AS end_text';
export const ENTRIES = `FROM executions AS e
  LEFT JOIN outcomes AS o ON o.sandbox = e.sandbox AND o.position = e.position`;

/** With its outcome. */
export function findEntry({ connection }: Vault, sandbox: OpenSandbox, id: string) {
  return connection.get(
    `${ENTRY}, o.outcome ${ENTRIES} WHERE e.sandbox = ? AND e.id = ?`,
    sandbox.row,
    sandbox.keys.digest('execution', id),
  );
}

export function toSummary(sandbox: OpenSandbox, row: Row): ExecutionSummary {
  const start = startOf(sandbox, row);
  return summarize(row.position as number, start, start.end ?? endOf(sandbox, row));
}

export function toEntry(sandbox: OpenSandbox, row: Row): ExecutionRecord {
  const start = startOf(sandbox, row);
  const position = row.position as number;
  if (start.end) return { ...summarize(position, start, start.end), outcome: start.end.outcome };
  const end = endOf(sandbox, row);
  const summary = summarize(position, start, end);
  if (!end) return { ...summary, outcome: null };
  const tag = Buffer.from(end.tag, 'hex');
  const binding = outcomeBinding(summary.id);
  return { ...summary, outcome: sandbox.unseal(binding, tag, row.outcome, nameOf(row)) };
}

export const statusOf = (sandbox: OpenSandbox, row: Row): ExecutionSummary['status'] =>
  toSummary(sandbox, row).status;

const nameOf = (row: Row): string => `entry ${row.position} of the journal`;
export const outcomeBinding = (id: string) => ['outcome', id] as const;

function startOf(sandbox: OpenSandbox, row: Row): StartText {
  return sandbox.unseal(['start', row.position as number], row.tag, row.text, nameOf(row));
}

function endOf(sandbox: OpenSandbox, row: Row): EndText | undefined {
  if (row.end_tag === null) return undefined;
  return sandbox.unseal(['end', row.position as number], row.end_tag, row.end_text, nameOf(row));
}

function summarize(
  position: number,
  { interruptTime, undone, end: _, ...start }: StartText,
  end: End | undefined,
): ExecutionSummary {
  const summary: ExecutionSummary = {
    ...start,
    position,
    status: end?.status ?? (interruptTime === undefined ? 'running' : 'interrupted'),
    endTime: end?.endTime ?? interruptTime,
    files: end?.files ?? [],
    inputs: end?.inputs ?? [],
  };
  if (undone) summary.undone = true;
  return summary;
}

export function insertStart(
  { connection }: Vault,
  sandbox: OpenSandbox,
  start: ExecutionStart,
): BeginResult {
  const position = insertText(connection, sandbox, start);
  return {
    entry: { ...summarize(position, start, undefined), outcome: null },
    created: true,
  };
}

/** One that is written when it has ended, with an outcome that is small. Patches the sandbox, too. */
export function insertWhole(
  vault: Vault,
  sandbox: OpenSandbox,
  start: ExecutionStart,
  finish: CheckedFinish,
): BeginResult {
  const { status, endTime, files, inputs, outcome } = finish;
  const end = { status, endTime, files, inputs, outcome };
  const position = insertText(vault.connection, sandbox, { ...start, end });
  apply(vault, sandbox, position, finish);
  return { entry: { ...summarize(position, start, end), outcome }, created: true };
}

/** Returns the position that it got. */
function insertText(connection: Connection, sandbox: OpenSandbox, text: StartText): number {
  const position = sandbox.nextPosition();
  const { tag, sealed } = sandbox.seal(['start', position], text);
  const digest = sandbox.keys.digest('execution', text.id);
  const sql = 'INSERT INTO executions VALUES (?, ?, ?, ?, ?, ?)';
  connection.run(sql, sandbox.row, position, digest, tag, sealed, text.end ? 1 : 0);
  sandbox.change(tag);
  return position;
}

/** `outcome` was sealed before. Patches the sandbox, too. The entry's draft goes on. */
export function insertEnd(
  vault: Vault,
  sandbox: OpenSandbox,
  position: number,
  finish: CheckedFinish,
  outcome: Sealed,
): void {
  const { status, endTime, files, inputs } = finish;
  const text: EndText = { status, endTime, files, inputs, tag: hex(outcome.tag) };
  const { tag, sealed } = sandbox.seal(['end', position], text);
  const sql = 'INSERT INTO outcomes VALUES (?, ?, ?, ?, ?)';
  vault.connection.run(sql, sandbox.row, position, tag, sealed, outcome.sealed);
  sandbox.change(tag);
  apply(vault, sandbox, position, finish);
}

/** What else it means that an entry has ended. */
function apply(vault: Vault, sandbox: OpenSandbox, position: number, finish: CheckedFinish): void {
  useBlobs(vault.connection, sandbox, { checkpoint: 0, position }, contentOf(finish));
  if (finish.sandbox) patchRecord(vault, sandbox, finish.sandbox);
}

/** Begins and ends it. */
export function insertEnded(
  vault: Vault,
  sandbox: OpenSandbox,
  start: ExecutionStart,
  finish: CheckedFinish,
  outcome: Sealed,
): BeginResult {
  const { position } = insertStart(vault, sandbox, start).entry;
  insertEnd(vault, sandbox, position, finish, outcome);
  return {
    entry: { ...summarize(position, start, finish), outcome: finish.outcome },
    created: true,
  };
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/** It has no outcome. */
export function removeStart({ connection }: Vault, sandbox: OpenSandbox, row: Row): void {
  const sql = 'DELETE FROM executions WHERE sandbox = ? AND position = ?';
  connection.run(sql, sandbox.row, row.position as number);
  sandbox.change(row.tag as Uint8Array);
}

function changeStart(
  { connection }: Vault,
  sandbox: OpenSandbox,
  row: Row,
  change: Partial<StartText>,
): void {
  const position = row.position as number;
  const text = { ...startOf(sandbox, row), ...change };
  const { tag, sealed } = sandbox.seal(['start', position], text);
  const sql = 'UPDATE executions SET tag = ?, text = ? WHERE sandbox = ? AND position = ?';
  connection.run(sql, tag, sealed, sandbox.row, position);
  sandbox.change(row.tag as Uint8Array);
  sandbox.change(tag);
}

/** Those that still run do so no more. */
export function interruptEntries(vault: Vault, sandbox: OpenSandbox, now: number): void {
  const rows = vault.connection.all(
    `${ENTRY} ${ENTRIES} WHERE e.sandbox = ? AND e.whole = 0 AND o.tag IS NULL`,
    sandbox.row,
  );
  for (const row of rows) {
    if (statusOf(sandbox, row) !== 'running') continue;
    changeStart(vault, sandbox, row, { interruptTime: now });
  }
}

/** Returns the files that nothing needs any more. */
export function undoEntries(
  vault: Vault,
  sandbox: OpenSandbox,
  after: number,
  writer: number,
): string[] {
  const rows = vault.connection.all(
    `${ENTRY} ${ENTRIES} WHERE e.sandbox = ? AND e.position > ?`,
    sandbox.row,
    after,
  );
  return rows.flatMap((row) => {
    if (!startOf(sandbox, row).undone) changeStart(vault, sandbox, row, { undone: true });
    const user = { checkpoint: 0, position: row.position as number };
    const holds = releaseUses(vault.connection, sandbox.row, user);
    return dropUnused(vault.connection, holds, writer);
  });
}
