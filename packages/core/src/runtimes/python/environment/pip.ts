import { runChild } from './child.js';
import { pipEnvironment } from './child-environment.js';
import { interpreterOf } from './environment-cache.js';
import { installFailure } from './install-failure.js';
import type { PackageLock } from './package-lock.js';
import { type InterpreterFacts, programPath } from './probe-interpreter.js';
import { unavailable } from './unavailable.js';
import { sitePackages } from './virtual-environment.js';

export interface PipOptions {
  folder: string;
  facts: InterpreterFacts;
  lock: PackageLock;
  env: NodeJS.ProcessEnv;
  /** Where pip runs; nobody else writes to it. */
  directory: string;
  onProgress?: ((line: string) => void) | undefined;
  signal?: AbortSignal | undefined;
}

/** How a pip outside the environment is made to install into it. */
export interface PipRoute {
  /** The interpreter that runs `install.py`. */
  command: string;
  /** The route of `install.py`, and where its pip is. */
  route: 'runner' | 'wheel' | 'module';
  location: string;
  /** More arguments of `pip install`. */
  more: string[];
}

/**
 * The pip to use, best first: the interpreter's own, run by the environment (pip 22.2 brings the
 * program for it); the one inside ensurepip; an old one, told the folder.
 */
export function choosePip(folder: string, facts: InterpreterFacts): PipRoute {
  const inside = interpreterOf(folder);
  if (facts.pipFolder && atLeast(facts.pipVersion, 22, 3)) {
    return { command: inside, route: 'runner', location: facts.pipFolder, more: [] };
  }
  if (facts.pipWheel) {
    return { command: inside, route: 'wheel', location: facts.pipWheel, more: [] };
  }
  if (facts.pipFolder && atLeast(facts.pipVersion, 20, 0)) {
    const target = ['--target', sitePackages(folder, facts), '--ignore-installed'];
    return { command: facts.executable, route: 'module', location: facts.pipFolder, more: target };
  }
  throw unavailable(
    'pip-missing',
    `${facts.executable} has no pip 20 or newer, and no ensurepip to take one from.`,
    {
      suggestion:
        'Install it: `apt install python3-pip` or `apk add py3-pip` or `dnf install python3-pip`.',
    },
  );
}

/** Installs exactly what the lock names, wheels only, into an environment without a pip. */
export async function installPackages(options: PipOptions): Promise<void> {
  const { folder, facts, lock, env, directory, signal, onProgress } = options;
  const { command, route, location, more } = choosePip(folder, facts);
  const result = await runChild({
    command,
    arguments: [
      ...['-B', '-E', '-s', programPath('install.py'), route, location],
      ...['--disable-pip-version-check', '--no-input', '--no-color'],
      ...['install', '--requirement', lock.path, '--require-hashes', '--only-binary', ':all:'],
      // The lock is complete, and what is compiled is compiled by all processors afterwards.
      ...['--no-deps', '--no-compile', '--progress-bar', 'off', '--no-warn-script-location'],
      ...(env.PIP_RETRIES === undefined ? ['--retries', '3'] : []),
      ...more,
    ],
    environment: pipEnvironment(env),
    directory,
    signal,
    onLine: (line) => {
      const said = describeLine(line);
      if (said !== undefined) onProgress?.(said);
    },
  });
  if (result.exitCode !== 0) throw installFailure('pip', result);
}

/** What a line of pip's says to a person; undefined for most of them. */
function describeLine(line: string): string | undefined {
  const fetched =
    /^\s*(Downloading|Using cached)\s(?:\S*\/)?([^/\s]+?)-([^-\s]+)-\S+\.whl(\s\(.*\))?$/;
  const match = fetched.exec(line);
  if (match) {
    const [, how, name, version, size = ''] = match;
    return `${how === 'Downloading' ? how : 'From the cache:'} ${name} ${version}${size}`;
  }
  if (/Retrying \(Retry\(/.test(line)) return 'The package index does not answer; trying again';
  const count = /^Installing collected packages: (.*)$/.exec(line)?.[1]?.split(',').length;
  return count === undefined ? undefined : `Unpacking ${count} packages`;
}

function atLeast(version: string | null, major: number, minor: number): boolean {
  const [a = 0, b = 0] = (version ?? '0').split('.').map(Number);
  return a > major || (a === major && b >= minor);
}
