/** Which Python to start for an engine's options, and starting it before all else is loaded. */
import type { PythonOptions } from '../../engine.js';
import { findInterpreter } from './environment/interpreter.js';
import { launchPython, type PythonLaunch } from './launch.js';

/** Modules that sandboxes are born with, as far as the interpreter has them. */
const DEFAULT_PRELOAD = ['numpy', 'pandas', 'matplotlib.pyplot'];

/** Starts the interpreter that is given, or the one that is found. */
export async function launchFor(
  python: PythonOptions,
  interpreter?: string,
): Promise<PythonLaunch> {
  const found = interpreter ?? (await findInterpreter({ interpreter: python.interpreter })).command;
  return launchPython({
    interpreter: found,
    preload: python.preload ?? DEFAULT_PRELOAD,
    threads: python.threads ?? 1,
  });
}

/**
 * Starts Python for options that are still unchecked, when nothing has to be decided or made first.
 * A failure is met again, and said, when the runtime is asked for.
 */
export function launchEarly(options: unknown): Promise<PythonLaunch> | undefined {
  const given = typeof options === 'object' && options !== null ? options : {};
  if (!('python' in given) || given.python === undefined) {
    const launch = launchFor({});
    launch.catch(() => {});
    return launch;
  }
  return undefined;
}

/** Ends what was started too early. */
export async function endLaunch(launch: Promise<PythonLaunch> | undefined): Promise<void> {
  try {
    const { child, server, ended } = (await launch) ?? {};
    child?.kill('SIGKILL');
    server?.close();
    await ended;
  } catch {
    // It did not start.
  }
}
