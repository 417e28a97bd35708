/** `belljar python setup`: the interpreter's path on stdout, progress on stderr. */
import { setupPython } from '@belljar/core';
import type { PythonSetupFlags } from '../commands/python.js';
import { EXIT } from '../exit-status.js';
import { watchInterruptions } from '../interruption.js';
import { printJson } from '../terminal/json.js';
import { note, print } from '../terminal/print.js';
import { showProgress } from '../terminal/progress.js';

export async function pythonSetupCommand(flags: PythonSetupFlags): Promise<number> {
  using interruption = watchInterruptions();
  const { signal } = interruption;
  const progress = showProgress();
  try {
    const { interpreter } = flags;
    const made = await setupPython({ interpreter, signal, onProgress: progress.line });
    progress.end();
    if (flags.json) printJson(made);
    else print(`${made.interpreter}\n`);
    if (!made.created) note('it was there already.');
    return EXIT.ok;
  } catch (error) {
    progress.end();
    throw interruption.failure ?? error;
  }
}
