/**
 * Starts the one process of a Python environment: the warden, and through it the zygotes.
 *
 * Needs few modules, so that Python starts while the rest of the engine is still being loaded.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  rmdirSync,
  unlinkSync,
} from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BelljarError } from '../../errors.js';
import { PYTHON_FOLDER } from '../../python-folder.js';
import { explainStartFailure } from './start-failure.js';

const RUNTIME_FOLDER = fileURLToPath(new URL('belljar_runtime', PYTHON_FOLDER));
const STDERR_KEPT_CHARACTERS = 8_192;
/** Longest path of a Unix socket. */
const SOCKET_PATH_BYTES = 107;
/** asm-generic/fcntl.h: a handle of what a path names, to connect to and not to read. */
const O_PATH = 0o10_000_000;

/** What sessions run where they are no forks of Python (`belljar_runtime/program.py`). */
export interface Program {
  /** What it is made of: a path of this machine by name. */
  files: Record<string, string>;
  /** Shared libraries that are not in the system's folders. */
  libraries: string[];
  /** Names of `files` stand for their paths. */
  command: string[];
  environment: Record<string, string>;
  /** Private writable memory that it takes before it runs a caller's code. */
  heldBytes: number;
  /** Address space that it reserves. */
  reservedBytes: number;
  /** Of its own, on top of the limit of processes. */
  threads: number;
}

export interface LaunchOptions {
  interpreter: string;
  preload: string[];
  threads: number;
  /** Where the kernel refuses this one, the Python side does not go on at a lower one. */
  minimumIsolation: 'namespaces' | 'confined';
  program?: Program | undefined;
}

/** How the process ended, or why there is none. */
export interface Ending {
  error?: Error | undefined;
  code?: number | null | undefined;
  signal?: NodeJS.Signals | null | undefined;
}

export interface JailLaunch {
  options: LaunchOptions;
  child: ChildProcess;
  /** Where keepers connect. */
  server: Server;
  stderr(): string;
  ended: Promise<Ending>;
}

function makeSocketFolder(): string {
  const base = Buffer.byteLength(tmpdir()) > SOCKET_PATH_BYTES - 32 ? '/tmp' : tmpdir();
  try {
    const folder = mkdtempSync(join(base, 'belljar-'));
    chmodSync(folder, 0o700);
    return folder;
  } catch (cause) {
    throw new BelljarError('RUNTIME_UNAVAILABLE', `The folder '${base}' cannot be written.`, {
      suggestion: 'Set TMPDIR to a folder that can.',
      cause,
    });
  }
}

/** Where the compiled Python side is kept: in the user's cache, when there is one. */
function compiledFolder(): string | null {
  const { XDG_CACHE_HOME: cache, HOME: home } = process.env;
  if (cache && isAbsolute(cache)) return join(cache, 'belljar', 'compiled');
  return home && isAbsolute(home) ? join(home, '.cache', 'belljar', 'compiled') : null;
}

/**
 * Facilities of this machine that are to count as missing: `namespaces`, `landlock-6` (that version
 * and later ones). For tests, and to see how things are on another machine. It takes away only, and
 * what falls below `minimumIsolation` is refused as ever.
 */
function withoutFacilities(): string[] {
  return (process.env.BELLJAR_WITHOUT ?? '').split(',').filter((name) => name !== '');
}

/** The environment of everything in the jail. Nothing of the engine's own is in it. */
function jailEnvironment(options: LaunchOptions): Record<string, string> {
  const threads = String(options.threads);
  return {
    HOME: '/tmp',
    TMPDIR: '/tmp',
    LANG: 'C.UTF-8',
    PATH: '/usr/local/bin:/usr/bin:/bin',
    TERM: 'dumb',
    // Part of the environment, so that sets come out in the same order when a journal is replayed.
    PYTHONHASHSEED: '0',
    MPLBACKEND: 'Agg',
    MPLCONFIGDIR: '/tmp/.matplotlib',
    OPENBLAS_NUM_THREADS: threads,
    OMP_NUM_THREADS: threads,
    MKL_NUM_THREADS: threads,
    NUMEXPR_NUM_THREADS: threads,
    ARROW_IO_THREADS: threads,
    // pandas imports Arrow, whose allocator would start a thread that a fork does not keep.
    JE_ARROW_MALLOC_CONF: 'background_thread:false,narenas:1',
    POLARS_MAX_THREADS: threads,
  };
}

function collectStderr(child: ChildProcess): () => string {
  let text = '';
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
    text = (text + chunk).slice(-STDERR_KEPT_CHARACTERS);
  });
  return () => text;
}

interface Listening {
  server: Server;
  /** A handle of its socket. Who has it connects through `/proc/self/fd`. */
  handle: number;
}

/** Listens on a socket that has lost its name before anything else is done: nothing is left of it. */
async function listenWithoutName(): Promise<Listening> {
  const folder = makeSocketFolder();
  const path = join(folder, 'engine.sock');
  // In a worker of a cluster the socket would otherwise be the first process's.
  const server = createServer().listen({ path, exclusive: true });
  const listening = once(server, 'listening');
  try {
    const handle = openSync(path, O_PATH);
    server.unref();
    return { server, handle };
  } catch (error) {
    const cause = await listening.then(
      () => error,
      (said: unknown) => said,
    );
    server.close();
    throw explainStartFailure('python', { error: cause as Error, stderr: '' });
  } finally {
    // Not by `rmSync`, which needs a descriptor to look into the folder.
    if (existsSync(path)) unlinkSync(path);
    rmdirSync(folder);
  }
}

/** Resolves when the process is started; its streams wait until someone listens. */
export async function launchJail(options: LaunchOptions): Promise<JailLaunch> {
  const { server, handle } = await listenWithoutName();
  const configuration = {
    parent: process.pid,
    temporary: tmpdir(),
    preload: options.preload,
    minimum: options.minimumIsolation,
    without: withoutFacilities(),
    compiled: compiledFolder(),
    program: options.program ?? null,
  };
  const child = spawn(
    options.interpreter,
    ['-s', '-B', RUNTIME_FOLDER, JSON.stringify(configuration)],
    {
      cwd: '/',
      env: jailEnvironment(options),
      // What a terminal sends to the application's processes is for the application to answer.
      detached: true,
      stdio: ['ignore', 'ignore', 'pipe', 'pipe', 'pipe', 'pipe', handle],
    },
  );
  closeSync(handle);
  const { promise: ended, resolve } = Promise.withResolvers<Ending>();
  child.on('error', (error) => resolve({ error }));
  child.on('close', (code, signal) => resolve({ code, signal }));
  if (child.pid === undefined) {
    server.close();
    throw explainStartFailure(options.interpreter, { ...(await ended), stderr: '' });
  }
  return { options, child, server, stderr: collectStderr(child), ended };
}
