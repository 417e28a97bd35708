import { printJson } from '../terminal/json.js';
import { print } from '../terminal/print.js';

/** The id on stdout, so that a script can keep it; all of it with `--json`. */
export function printNew(made: { id: string }, { json }: { json?: boolean }): void {
  if (json) printJson(made);
  else print(`${made.id}\n`);
}
