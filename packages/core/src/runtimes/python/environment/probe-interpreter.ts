import { fileURLToPath } from 'node:url';
import { PYTHON_FOLDER } from '../../../python-folder.js';
import { runChild } from './child.js';
import { plainEnvironment } from './child-environment.js';
import { unavailable } from './unavailable.js';

/** What `python/environment/probe.py` says. */
export interface InterpreterFacts {
  executable: string;
  /** The interpreter below any virtual environment. */
  baseExecutable: string;
  implementation: string;
  /** Such as `3.11.7`. */
  version: string;
  abi: string;
  platform: string;
  /** Folder of its pip module; null without one. */
  pipFolder: string | null;
  pipVersion: string | null;
  /** The pip wheel of its ensurepip; null without one. */
  pipWheel: string | null;
}

const OLDEST_MINOR = 9;

/** The path of one of the programs in `packages/core/python/environment`. */
export function programPath(name: string): string {
  return fileURLToPath(new URL(`environment/${name}`, PYTHON_FOLDER));
}

/** Runs the interpreter once, and refuses one that cannot serve. */
export async function probeInterpreter(
  command: string,
  env: NodeJS.ProcessEnv,
  signal: AbortSignal | undefined,
): Promise<InterpreterFacts> {
  const facts = await ask(command, env, signal);
  const [major = 0, minor = 0] = facts.version.split('.').map(Number);
  if (facts.implementation !== 'cpython' || major !== 3 || minor < OLDEST_MINOR) {
    throw unavailable(
      'python-unsuitable',
      `${command} is ${facts.implementation} ${facts.version}, and CPython 3.${OLDEST_MINOR} or newer is needed.`,
      { suggestion: 'Name another with the option interpreter or BELLJAR_PYTHON.' },
    );
  }
  return facts;
}

async function ask(
  command: string,
  env: NodeJS.ProcessEnv,
  signal: AbortSignal | undefined,
): Promise<InterpreterFacts> {
  const suggestion = 'Name a CPython 3.9 or newer with the option interpreter or BELLJAR_PYTHON.';
  try {
    const { exitCode, lines } = await runChild({
      command,
      // -B: nothing is written next to the program. -E: no variable changes what is found.
      arguments: ['-B', '-E', programPath('probe.py')],
      environment: plainEnvironment(env),
      directory: '/',
      signal,
    });
    const answer = lines.findLast((line) => line.startsWith('{'));
    if (exitCode === 0 && answer !== undefined) return JSON.parse(answer) as InterpreterFacts;
    throw unavailable('python-unsuitable', `${command} does not run as a Python 3.9 or newer.`, {
      suggestion,
      output: lines,
    });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).syscall === undefined) throw error;
    throw unavailable('python-missing', `${command} cannot be started.`, {
      suggestion,
      cause: error,
    });
  }
}
