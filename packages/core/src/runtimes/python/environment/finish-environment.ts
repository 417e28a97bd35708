import { chmod, mkdir, readdir } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { type ChildResult, runChild } from './child.js';
import { plainEnvironment, warmEnvironment } from './child-environment.js';
import { interpreterOf } from './environment-cache.js';
import { installFailure } from './install-failure.js';
import { type InterpreterFacts, programPath } from './probe-interpreter.js';
import { unavailable } from './unavailable.js';
import { removeCommands, sitePackages } from './virtual-environment.js';

/** Imported once where they are there: what the preload list starts from. */
const CHECKED = ['numpy', 'pandas', 'matplotlib.font_manager'];

const MOST_COMPILERS = 8;

export interface FinishOptions {
  folder: string;
  facts: InterpreterFacts;
  env: NodeJS.ProcessEnv;
  directory: string;
  signal?: AbortSignal | undefined;
  onProgress?: ((line: string) => void) | undefined;
}

/** Where an environment keeps matplotlib's list of fonts: building it takes 200 ms and more. */
export function matplotlibFolder(folder: string): string {
  return join(folder, 'matplotlib');
}

/** Compiles the packages, sees that the main ones load here, and keeps matplotlib's font list. */
export async function finishEnvironment(options: FinishOptions): Promise<void> {
  const { folder, facts, env, onProgress } = options;
  await removeCommands(folder, facts);
  onProgress?.('Compiling');
  const shares = Math.min(availableParallelism(), MOST_COMPILERS);
  const compilers = await Promise.all(
    Array.from({ length: shares }, (_, share) =>
      runProgram(
        options,
        'compile.py',
        [sitePackages(folder, facts), String(share), String(shares)],
        plainEnvironment(env),
      ),
    ),
  );
  const failed = compilers.find(({ exitCode }) => exitCode !== 0);
  if (failed) throw installFailure('The compiler', failed);
  const modules = await checkedModules(sitePackages(folder, facts));
  if (modules.length === 0) return;
  onProgress?.(`Trying ${modules.map((name) => name.split('.')[0]).join(', ')}`);
  const fonts = matplotlibFolder(folder);
  await mkdir(fonts);
  await chmod(fonts, 0o755);
  const { exitCode, lines } = await runProgram(
    options,
    'check.py',
    modules,
    warmEnvironment(env, fonts),
  );
  if (exitCode === 0) return;
  throw unavailable('broken-package', `A package does not load on this machine: ${lines.at(-1)}`, {
    suggestion: 'details.output has the traceback.',
    output: lines,
  });
}

async function checkedModules(folder: string): Promise<string[]> {
  const there = new Set(await readdir(folder));
  return CHECKED.filter((name) => there.has(name.split('.')[0] ?? name));
}

function runProgram(
  { folder, directory, signal }: FinishOptions,
  program: string,
  more: string[],
  environment: Record<string, string>,
): Promise<ChildResult> {
  return runChild({
    command: interpreterOf(folder),
    arguments: ['-B', '-E', '-s', programPath(program), ...more],
    environment,
    directory,
    signal,
  });
}
