/**
 * Where environments are kept: one folder each, named by its key, and one small file for each lock
 * that names the newest, so that finding it takes no Python.
 *
 * A folder with its final name is complete: it is filled under another name and then renamed.
 */
import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { homedir, hostname } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { isProgram } from './find-command.js';
import { fileFailure } from './install-failure.js';
import type { PackageLock } from './package-lock.js';
import type { InterpreterFacts } from './probe-interpreter.js';

/** Raised when environments are laid out in another way, so that older ones are not taken. */
const LAYOUT = 1;

export interface CachedEnvironment {
  key: string;
  folder: string;
  interpreter: string;
  /** The command it was made from, and that file's identity at the time. */
  source: string;
}

/** `$XDG_CACHE_HOME/belljar/python` or `~/.cache/belljar/python`. */
export function defaultDirectory(env: NodeJS.ProcessEnv): string {
  // The specification says that a relative path is to be ignored.
  const cache = env.XDG_CACHE_HOME;
  const base = cache && isAbsolute(cache) ? cache : join(env.HOME || homedir(), '.cache');
  return join(base, 'belljar', 'python');
}

/** Names an environment: another lock, Python, ABI, platform or interpreter is another one. */
export function environmentKey(lock: PackageLock, facts: InterpreterFacts): string {
  const parts = [LAYOUT, lock.hash, facts.version, facts.abi, facts.platform, facts.baseExecutable];
  const hash = createHash('sha256').update(JSON.stringify(parts)).digest('hex');
  return `${facts.version}-${hash.slice(0, 16)}`;
}

/** Identity of a command. Undefined for a shim: what it runs can change while it stays. */
export async function sourceOf(command: string): Promise<string | undefined> {
  if (command.includes('/shims/')) return undefined;
  const { dev, ino, size, mtimeMs } = await stat(command);
  return [command, dev, ino, size, mtimeMs].join(' ');
}

export function interpreterOf(folder: string): string {
  return join(folder, 'bin', 'python');
}

/** The newest environment of this lock, if it is still there with the interpreter below it. */
export async function readCurrent(
  directory: string,
  lock: PackageLock,
): Promise<CachedEnvironment | undefined> {
  try {
    const text = await readFile(pointerPath(directory, lock), 'utf8');
    const { key, source } = JSON.parse(text) as { key: unknown; source: unknown };
    if (typeof key !== 'string' || !/^[\w.-]+$/.test(key) || typeof source !== 'string') {
      return undefined;
    }
    const folder = join(directory, key);
    const interpreter = interpreterOf(folder);
    return (await isProgram(interpreter)) ? { key, folder, interpreter, source } : undefined;
  } catch {
    return undefined;
  }
}

export async function writeCurrent(
  directory: string,
  lock: PackageLock,
  environment: { key: string; source: string },
): Promise<void> {
  const path = pointerPath(directory, lock);
  const draft = `${path}.${randomBytes(6).toString('hex')}`;
  try {
    await writeFile(draft, `${JSON.stringify(environment)}\n`);
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}

/** Makes the directory and proves that it can be written. */
export async function prepareDirectory(directory: string): Promise<void> {
  try {
    await mkdir(directory, { recursive: true });
    const trial = join(directory, `.trial-${randomBytes(6).toString('hex')}`);
    await writeFile(trial, '');
    await rm(trial);
  } catch (error) {
    throw fileFailure(error);
  }
}

/** A folder beside the final one, that says which process fills it. */
export function draftFolder(directory: string, key: string): string {
  const owner = Buffer.from(hostname()).toString('hex').slice(0, 32);
  return join(directory, `${key}.draft-${owner}-${process.pid}-${randomBytes(4).toString('hex')}`);
}

/** Removes what processes of this host left half made when they died. */
export async function sweepDrafts(
  directory: string,
  isAlive: (pid: number) => boolean,
): Promise<void> {
  const owner = Buffer.from(hostname()).toString('hex').slice(0, 32);
  for (const name of await readdir(directory)) {
    const match = /\.draft-([0-9a-f]*)-(\d+)-[0-9a-f]{8}$/.exec(name);
    if (!match || match[1] !== owner || isAlive(Number(match[2]))) continue;
    await rm(join(directory, name), { recursive: true, force: true, maxRetries: 3 });
  }
}

function pointerPath(directory: string, lock: PackageLock): string {
  return join(directory, `current-${lock.hash}.json`);
}
