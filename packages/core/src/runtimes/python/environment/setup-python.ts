import { rename, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import {
  defaultDirectory,
  draftFolder,
  environmentKey,
  interpreterOf,
  prepareDirectory,
  readCurrent,
  sourceOf,
  sweepDrafts,
  writeCurrent,
} from './environment-cache.js';
import { findCommand, isProgram } from './find-command.js';
import { finishEnvironment } from './finish-environment.js';
import { fileFailure } from './install-failure.js';
import { type InstalledPackage, installedPackages } from './installed-packages.js';
import { type PackageLock, readPackageLock } from './package-lock.js';
import { installPackages } from './pip.js';
import { type InterpreterFacts, probeInterpreter } from './probe-interpreter.js';
import { isAlive, takeSetupTurn } from './setup-turn.js';
import { unavailable } from './unavailable.js';
import { layOutEnvironment } from './virtual-environment.js';

export interface SetupPythonOptions {
  /** A CPython 3.9 or newer to make it from. Default: `$BELLJAR_PYTHON`, then `python3`. */
  interpreter?: string | undefined;
  /** Where environments are kept. Default: `$XDG_CACHE_HOME/belljar/python`, `~/.cache/…`. */
  directory?: string | undefined;
  /** Packages in pip's requirements form, complete and with hashes. Default: the data packages. */
  lockFile?: string | undefined;
  /** Told what is going on, a line at a time. */
  onProgress?: ((line: string) => void) | undefined;
  /** Ends the children, removes what is half made, and rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
  /** Default: `process.env`. */
  env?: NodeJS.ProcessEnv | undefined;
}

export interface PythonEnvironment {
  /** Absolute path of the environment's python. */
  interpreter: string;
  /** Names lock, Python, ABI and platform. */
  key: string;
  packages: InstalledPackage[];
  /** False when it was there already. */
  created: boolean;
}

interface Setup extends SetupPythonOptions {
  env: NodeJS.ProcessEnv;
  directory: string;
  lock: PackageLock;
  source: string;
}

/**
 * Makes a Python environment with the data packages in the user's cache, or finds it there.
 *
 * Throws `RUNTIME_UNAVAILABLE` with a `details.reason` of `UnavailableReason`. Safe when several
 * processes call it at once; what a crash left half made is made again.
 */
export async function setupPython(options: SetupPythonOptions = {}): Promise<PythonEnvironment> {
  const { signal, env = process.env } = options;
  signal?.throwIfAborted();
  const directory = resolve(options.directory ?? defaultDirectory(env));
  const lock = await readPackageLock(options.lockFile);
  const command = await baseCommand(options.interpreter ?? (env.BELLJAR_PYTHON || 'python3'), env);
  const source = await sourceOf(command);
  const current = await readCurrent(directory, lock);
  if (current && current.source === source) return describe(directory, current.key, false);

  const facts = await probeInterpreter(command, env, signal);
  const key = environmentKey(lock, facts);
  const setup = { ...options, env, directory, lock, source: source ?? '' };
  const found = await adopt(setup, key);
  return found ?? (await make(setup, key, facts));
}

async function baseCommand(name: string, env: NodeJS.ProcessEnv): Promise<string> {
  const command = await findCommand(name, env);
  if (command !== undefined) return command;
  throw unavailable('python-missing', `There is no ${name} to make a Python environment from.`, {
    suggestion: 'Install CPython 3.9 or newer (`apt install python3 python3-pip`).',
  });
}

async function make(
  setup: Setup,
  key: string,
  facts: InterpreterFacts,
): Promise<PythonEnvironment> {
  const { directory, signal, onProgress } = setup;
  await prepareDirectory(directory);
  await using _turn = await takeSetupTurn(join(directory, `${key}.lock`), {
    signal,
    onWait: (pid) => onProgress?.(`Waiting for process ${pid}, which makes the same environment`),
  });
  const found = await adopt(setup, key);
  if (found) return found;

  await sweepDrafts(directory, isAlive);
  const draft = draftFolder(directory, key);
  const started = performance.now();
  try {
    onProgress?.(`Making a Python ${facts.version} environment in ${directory}`);
    await layOutEnvironment(draft, facts);
    await installPackages({ ...setup, folder: draft, facts });
    await finishEnvironment({ ...setup, folder: draft, facts });
    await settle(draft, join(directory, key));
    await writeCurrent(directory, setup.lock, { key, source: setup.source });
  } catch (error) {
    throw fileFailure(error);
  } finally {
    await rm(draft, { recursive: true, force: true, maxRetries: 3 });
  }
  onProgress?.(`Python is ready (${((performance.now() - started) / 1000).toFixed(0)} s)`);
  return describe(directory, key, true);
}

/** The environment of this key if it is there and its interpreter is, too. */
async function adopt(setup: Setup, key: string): Promise<PythonEnvironment | undefined> {
  const { directory, lock, source } = setup;
  if (!(await isProgram(interpreterOf(join(directory, key))))) return undefined;
  const current = await readCurrent(directory, lock);
  if (current?.key !== key || current.source !== source) {
    // A cache that cannot be written serves all the same.
    await writeCurrent(directory, lock, { key, source }).catch(() => undefined);
  }
  return describe(directory, key, false);
}

/** Gives a finished folder its name. Where another process was first, its folder stays. */
async function settle(draft: string, folder: string): Promise<void> {
  try {
    await rename(draft, folder);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOTEMPTY' && code !== 'EEXIST') throw error;
    if (await isProgram(interpreterOf(folder))) return;
    // Its interpreter is gone, so nothing runs from it.
    await rm(folder, { recursive: true, force: true });
    await rename(draft, folder);
  }
}

async function describe(
  directory: string,
  key: string,
  created: boolean,
): Promise<PythonEnvironment> {
  const folder = join(directory, key);
  const packages = await installedPackages(folder);
  return { interpreter: interpreterOf(folder), key, packages, created };
}
