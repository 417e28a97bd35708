/** Which Python to start for an engine's options, and starting it before all else is loaded. */
import type { IsolationLevel, PythonOptions } from '../../engine.js';
import { type JailLaunch, launchJail } from '../jailed/launch.js';
import { findInterpreter } from './environment/interpreter.js';

/** Modules that sandboxes are born with, as far as the interpreter has them. */
const DEFAULT_PRELOAD = ['numpy', 'pandas', 'matplotlib.pyplot'];

const LEVELS: readonly IsolationLevel[] = ['namespaces', 'confined', 'process'];

/** Starts the interpreter that is given, or the one that is found. */
export async function launchFor(
  python: PythonOptions,
  minimumIsolation: IsolationLevel | undefined,
  interpreter?: string,
): Promise<JailLaunch> {
  const found = interpreter ?? (await findInterpreter({ interpreter: python.interpreter })).command;
  return launchJail({
    interpreter: found,
    preload: python.preload ?? DEFAULT_PRELOAD,
    threads: python.threads ?? 1,
    // Python is never run below `confined`.
    minimumIsolation: minimumIsolation === 'namespaces' ? 'namespaces' : 'confined',
  });
}

/**
 * Starts Python for options that are still unchecked, when nothing has to be decided or made first.
 * A failure is met again, and said, when the runtime is asked for.
 */
export function launchEarly(options: unknown): Promise<JailLaunch> | undefined {
  const given = typeof options === 'object' && options !== null ? options : {};
  const minimum = 'minimumIsolation' in given ? given.minimumIsolation : undefined;
  const isLevel = minimum === undefined || LEVELS.some((level) => level === minimum);
  if (isLevel && (!('python' in given) || given.python === undefined)) {
    const launch = launchFor({}, minimum as IsolationLevel | undefined);
    launch.catch(() => {});
    return launch;
  }
  return undefined;
}

/** Ends what was started too early. */
export async function endLaunch(launch: Promise<JailLaunch> | undefined): Promise<void> {
  try {
    const { child, server, ended } = (await launch) ?? {};
    child?.kill('SIGKILL');
    server?.close();
    await ended;
  } catch {
    // It did not start.
  }
}
