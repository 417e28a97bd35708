/** The journal as a table. Code comes from a model: it passes `safeLine`. */
import type { ExecutionEntry } from '@belljar/core';
import { safeLine } from '../terminal/safe-text.js';
import { table } from '../terminal/table.js';

const HEADER = ['ID', 'KIND', 'STATUS', 'STARTED', 'TOOK', 'CODE'];
const CODE_SHOWN = 200;

export function executionTable(entries: readonly ExecutionEntry[], width: number): string {
  const rows = entries.map((entry) => [
    entry.id,
    entry.kind,
    entry.undone ? `${entry.status}, undone` : entry.status,
    entry.startTime.slice(0, 19).replace('T', ' '),
    took(entry),
    beginning(entry.code),
  ]);
  return table(
    HEADER,
    rows.map((row) => row.map(safeLine)),
    width,
  );
}

function took({ startTime, endTime }: ExecutionEntry): string {
  const ms = Date.parse(endTime) - Date.parse(startTime);
  return ms < 1_000 ? `${ms} ms` : `${(ms / 1_000).toFixed(1)} s`;
}

/** Its first line that says something. */
function beginning(code: string): string {
  const [first = '', ...rest] = code.trim().split('\n');
  const short = first.slice(0, CODE_SHOWN);
  return rest.length > 0 || short.length < first.length ? `${short} …` : short;
}
