/** Columns for a terminal. Cells are safe text: callers pass them through `safeLine`. */
import { styleText } from 'node:util';
import stringWidth from 'string-width';
import wrapAnsi from 'wrap-ansi';

const GAP = '  ';
const NARROWEST = 24;

function pad(cell: string, width: number): string {
  return cell + ' '.repeat(Math.max(0, width - stringWidth(cell)));
}

/** The last column is wrapped to what `totalWidth` leaves; the others are as wide as they must be. */
export function table(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  totalWidth: number,
): string {
  const last = header.length - 1;
  const widths = header.map((title, column) =>
    Math.max(...[title, ...rows.map((row) => row[column] ?? '')].map((cell) => stringWidth(cell))),
  );
  const before = widths.slice(0, last).reduce((sum, width) => sum + width + GAP.length, 0);
  const room = Math.max(NARROWEST, totalWidth - before);
  const lines = rows.flatMap((row) => {
    const wrapped = wrapAnsi(row[last] ?? '', room, { hard: true }).split('\n');
    return wrapped.map((part, line) => {
      const cells = row.slice(0, last).map((cell, column) => {
        return pad(line === 0 ? cell : '', widths[column] ?? 0);
      });
      return [...cells, part].join(GAP).trimEnd();
    });
  });
  const titles = header.map((title, column) =>
    column < last ? pad(title, widths[column] ?? 0) : title,
  );
  return `${[styleText('bold', titles.join(GAP).trimEnd()), ...lines].join('\n')}\n`;
}

export function terminalWidth(): number {
  return process.stdout.columns || 100;
}
