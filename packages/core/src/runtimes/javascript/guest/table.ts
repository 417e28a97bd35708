/** `console.table` as HTML, with the rows and columns that Node's own gives. */

const MOST_ROWS = 1_000;
const MOST_COLUMNS = 100;

const escaped = (value: unknown): string =>
  String(value).replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);

function entriesOf(data: object): [unknown, unknown][] {
  if (data instanceof Map || Array.isArray(data)) return [...data.entries()];
  if (data instanceof Set) return [...data].map((value, index) => [index, value]);
  return Object.entries(data);
}

function isRow(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

export function tableHtml(data: object, columns?: unknown): string {
  const entries = entriesOf(data).slice(0, MOST_ROWS);
  const rows = entries.map(([index, value]) => ({ index, value }));
  const found = Array.isArray(columns)
    ? columns.map(String)
    : [...new Set(rows.flatMap(({ value }) => (isRow(value) ? Object.keys(value) : [])))];
  const names = found.slice(0, MOST_COLUMNS);
  const hasValues = rows.some(({ value }) => !isRow(value));
  const cells = (kind: string, values: unknown[]): string =>
    `<tr>${values.map((value) => `<${kind}>${escaped(value)}</${kind}>`).join('')}</tr>`;
  const body = rows.map(({ index, value }) => {
    const row = isRow(value) ? (value as Record<string, unknown>) : {};
    const own = names.map((name) => row[name] ?? '');
    return cells('td', [index, ...own, ...(hasValues ? [isRow(value) ? '' : value] : [])]);
  });
  const head = cells('th', ['', ...names, ...(hasValues ? ['value'] : [])]);
  return `<table><thead>${head}</thead><tbody>${body.join('')}</tbody></table>`;
}
