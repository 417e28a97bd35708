/** `console.table` as text, with the columns and lines of Node's own. */
import { inspect } from './inspect.js';

const MOST_ROWS = 1_000;
const INDEX = '(index)';
const ITERATION = '(iteration index)';
const VALUES = 'Values';

type Row = Record<string, unknown>;

function cell(value: unknown): string {
  const isWide =
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    Object.keys(value).length > 2;
  return inspect(value, {
    depth: isWide ? -1 : 0,
    maxArrayLength: 3,
    breakLength: Number.POSITIVE_INFINITY,
  });
}

function draw(head: string[], rows: string[][]): string {
  const widths = head.map((title, index) =>
    Math.max(title.length, ...rows.map((row) => row[index]?.length ?? 0)),
  );
  const line = (left: string, middle: string, right: string): string =>
    left + widths.map((width) => '─'.repeat(width + 2)).join(middle) + right;
  const text = (cells: string[]): string =>
    `│${cells.map((one, index) => ` ${one.padEnd(widths[index] as number)} `).join('│')}│`;
  return [
    line('┌', '┬', '┐'),
    text(head),
    line('├', '┼', '┤'),
    ...rows.map(text),
    line('└', '┴', '┘'),
  ].join('\n');
}

const isRow = (value: unknown): value is Row =>
  value !== null && (typeof value === 'object' || typeof value === 'function');

function collection(data: Map<unknown, unknown> | Set<unknown>): string {
  const all = [...data].slice(0, MOST_ROWS);
  if (data instanceof Set) {
    const rows = all.map((value, index) => [String(index), cell(value)]);
    return draw([ITERATION, VALUES], rows);
  }
  const rows = (all as [unknown, unknown][]).map(([key, value], index) => [
    String(index),
    cell(key),
    cell(value),
  ]);
  return draw([ITERATION, 'Key', VALUES], rows);
}

export function tableText(data: object, columns?: readonly string[]): string {
  if (data instanceof Map || data instanceof Set) return collection(data);
  const entries = Object.entries(data).slice(0, MOST_ROWS);
  const found = new Set<string>(columns);
  if (!columns) {
    for (const [, row] of entries)
      if (isRow(row)) for (const key of Object.keys(row)) found.add(key);
  }
  const names = [...found];
  const hasValues = !columns && entries.some(([, row]) => !isRow(row));
  const rows = entries.map(([index, row]) => [
    index,
    ...names.map((name) => (isRow(row) && Object.hasOwn(row, name) ? cell(row[name]) : '')),
    ...(hasValues ? [isRow(row) ? '' : cell(row)] : []),
  ]);
  return draw([INDEX, ...names, ...(hasValues ? [VALUES] : [])], rows);
}
