/** Sentences made from what a tool result says. Every number in them was read there. */

interface Row {
  name: string;
  values: string[];
}

/** The answer to question 1, 2 or 3; the tool's own words when the code did not run. */
export function composeAnswer(question: number, toolResult: string): string {
  if (!toolResult.startsWith('status: ok')) return `The code did not run.\n${toolResult}`;
  const rows = readTable(toolResult);
  if (question === 1) return summary(rows, /^(\d+) rows$/m.exec(toolResult)?.[1] ?? 'no');
  return question === 2 ? volatility(rows) : chart(rows, toolResult);
}

/**
 * The rows of the table in the result: a name, then numbers. A name may have blanks in it, so the
 * numbers are taken from the right, as many as the header has columns.
 */
export function readTable(toolResult: string): Row[] {
  const lines = toolResult.slice(toolResult.indexOf('result:\n') + 8).split('\n');
  const columns = lines[0]?.trim().split(/\s+/).length ?? 0;
  const pattern = new RegExp(`^(\\S.*?)((?:\\s+-?\\d[\\d.]*(?:e[+-]\\d+)?){${columns}})$`);
  return lines.flatMap((line) => {
    const [, name, numbers] = pattern.exec(line.trimEnd()) ?? [];
    return name && numbers ? [{ name, values: numbers.trim().split(/\s+/) }] : [];
  });
}

function summary(rows: readonly Row[], count: string): string {
  const shares = rows.map(
    ({ name, values: [prices, low, high] }) =>
      `  ${name}: ${prices} prices, from ${low} to ${high}`,
  );
  return [`The file has ${count} rows on ${rows.length} shares.`, ...shares].join('\n');
}

function volatility(rows: readonly Row[]): string {
  const byVolatility = rows.toSorted((a, b) => Number(b.values[1]) - Number(a.values[1]));
  const shares = byVolatility.map(
    ({ name, values: [average, deviation] }) =>
      `  ${name}: ${average} % a month on average, volatility ${deviation} %`,
  );
  const first = byVolatility[0]?.name;
  const last = byVolatility.at(-1)?.name;
  return [`${first} is the most volatile share, ${last} the calmest.`, ...shares].join('\n');
}

function chart(rows: readonly Row[], toolResult: string): string {
  const file = /files: (\S+\.png) \((?:created|changed)/.exec(toolResult)?.[1];
  const ranked = rows.toSorted((a, b) => Number(b.values[0]) - Number(a.values[0]));
  const values = ranked.map(({ name, values: [index] }) => `${name} ${index}`).join(', ');
  const saved = file ? `The chart is in ${file}.` : 'The chart was not saved.';
  return `${saved} With the first month at 100, the shares end at:\n  ${values}`;
}
