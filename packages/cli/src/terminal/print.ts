/** The two streams, and what Belljar itself says on them. */
import { safeLine } from './safe-text.js';

export function print(text: string): void {
  process.stdout.write(text);
}

/** One line on stderr, marked as Belljar's own. Control characters are shown, not sent. */
export function note(text: string): void {
  process.stderr.write(`belljar: ${safeLine(text)}\n`);
}

/** Lists and reports: for a person on a terminal, for a program in a pipe. */
export function wantsJson(options: { json?: boolean; table?: boolean }): boolean {
  return options.json === true || (options.table !== true && process.stdout.isTTY !== true);
}
