/** A line of the code under a frame of a traceback, with a mark where the column is. */
const LINE_CHARACTERS = 500;

export const cutText = (text: string, most: number): string =>
  (text.length <= most ? text : `${text.slice(0, most)}…`).toWellFormed();

export function excerpt(text: string | undefined, column: number): string[] {
  if (text === undefined || text.trim() === '') return [];
  if (text.length > LINE_CHARACTERS) return [`        ${cutText(text.trim(), LINE_CHARACTERS)}`];
  const indent = text.length - text.trimStart().length;
  const caret = ' '.repeat(Math.max(0, column - 1 - indent));
  return [`        ${text.trim()}`, `        ${caret}^`];
}
