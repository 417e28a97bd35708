import { resolve } from 'node:path';
import { defaultDirectory, readCurrent } from './environment-cache.js';
import { findCommand } from './find-command.js';
import { readPackageLock } from './package-lock.js';
import { unavailable } from './unavailable.js';

export interface FindInterpreterOptions {
  /** Path or name. */
  interpreter?: string | undefined;
  /** Where `setupPython()` keeps environments, if not in the user's cache. */
  directory?: string | undefined;
  lockFile?: string | undefined;
  /** Default: `process.env`. */
  env?: NodeJS.ProcessEnv | undefined;
}

export interface FoundInterpreter {
  /** Absolute path of the program to start. */
  command: string;
  from: 'option' | 'BELLJAR_PYTHON' | 'environment' | 'path';
}

/**
 * The Python that sandboxes run: the option, `$BELLJAR_PYTHON`, the environment that
 * `setupPython()` made, `python3` on the path. Starts no process; takes about a millisecond.
 *
 * Throws `RUNTIME_UNAVAILABLE` when there is none. One that was named and is not there is an
 * error, and no other is taken for it.
 */
export async function findInterpreter(
  options: FindInterpreterOptions = {},
): Promise<FoundInterpreter> {
  const { interpreter, env = process.env } = options;
  if (interpreter !== undefined) return named(interpreter, 'option', env);
  if (env.BELLJAR_PYTHON) return named(env.BELLJAR_PYTHON, 'BELLJAR_PYTHON', env);
  const directory = resolve(options.directory ?? defaultDirectory(env));
  const current = await readCurrent(directory, await readPackageLock(options.lockFile));
  if (current) return { command: current.interpreter, from: 'environment' };
  const command = await findCommand('python3', env);
  if (command !== undefined) return { command, from: 'path' };
  throw unavailable('python-missing', 'There is no python3 on the path.', {
    suggestion: 'Install CPython 3.9 or newer (`apt install python3`), or set BELLJAR_PYTHON.',
  });
}

async function named(
  name: string,
  from: 'option' | 'BELLJAR_PYTHON',
  env: NodeJS.ProcessEnv,
): Promise<FoundInterpreter> {
  const command = await findCommand(name, env);
  if (command !== undefined) return { command, from };
  const where = from === 'option' ? 'the option python.interpreter' : 'BELLJAR_PYTHON';
  throw unavailable('python-missing', `${where} names ${name}, and there is no such program.`, {
    suggestion: 'Give the path of a CPython 3.9 or newer.',
  });
}
