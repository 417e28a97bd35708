/**
 * The one process that the engine starts for a Python environment: the warden, and through it the
 * zygotes. Three channels: the warden's, the bare zygote's, the loaded zygote's.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import type { Duplex } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { BelljarError } from '../../errors.js';
import { encodeHead, FrameDecoder } from './frames.js';
import { explainStartFailure } from './start-failure.js';

const RUNTIME_FOLDER = fileURLToPath(new URL('../../../python/belljar_runtime', import.meta.url));
const STDERR_KEPT_CHARACTERS = 8_192;

export interface WardenOptions {
  interpreter: string;
  engineSocket: string;
  preload: string[];
  threads: number;
}

export interface Channel {
  send(header: object): void;
}

export interface WardenListeners {
  warden(header: unknown): void;
  bare(header: unknown): void;
  loaded(header: unknown): void;
  /** Once, when the process is gone, with why. */
  gone(error: BelljarError): void;
}

export interface WardenProcess {
  warden: Channel;
  bare: Channel;
  loaded: Channel;
  /** Ends it and everything born from it. Resolves when it is gone. */
  end(): Promise<void>;
}

/** The environment of everything in the jail. Nothing of the engine's own is in it. */
function jailEnvironment(options: WardenOptions): Record<string, string> {
  const threads = String(options.threads);
  return {
    HOME: '/tmp',
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
    JE_ARROW_MALLOC_CONF: 'background_thread:false',
    POLARS_MAX_THREADS: threads,
  };
}

function attach(stream: Duplex, listen: (header: unknown) => void, fail: (e: unknown) => void): Channel {
  const decoder = new FrameDecoder({ header: () => undefined, frame: (header) => listen(header) });
  stream.on('data', (data: Buffer) => {
    try {
      decoder.push(data);
    } catch (error) {
      fail(error);
    }
  });
  stream.on('error', () => {}); // its end is heard from the process
  return {
    send: (header) => {
      if (stream.writable) stream.write(encodeHead(header, 0));
    },
  };
}

function collectStderr(child: ChildProcess): () => string {
  let text = '';
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
    text = (text + chunk).slice(-STDERR_KEPT_CHARACTERS);
  });
  return () => text;
}

export function startWarden(options: WardenOptions, listeners: WardenListeners): WardenProcess {
  const configuration = {
    parent: process.pid,
    engineSocket: options.engineSocket,
    preload: options.preload,
  };
  const child = spawn(
    options.interpreter,
    ['-s', '-B', RUNTIME_FOLDER, JSON.stringify(configuration)],
    { cwd: '/', env: jailEnvironment(options), stdio: ['ignore', 'ignore', 'pipe', 'pipe', 'pipe', 'pipe'] },
  );
  const stderr = collectStderr(child);
  const { promise: gone, resolve: resolveGone } = Promise.withResolvers<void>();
  let failure: unknown;
  let over = false;
  const finish = (how: { error?: Error; code?: number | null; signal?: string | null }): void => {
    if (over) return;
    over = true;
    resolveGone();
    listeners.gone(
      failure instanceof BelljarError
        ? failure
        : explainStartFailure(options.interpreter, { ...how, stderr: stderr() }),
    );
  };
  const fail = (error: unknown): void => {
    failure ??= error;
    child.kill('SIGKILL');
  };
  child.on('error', (error) => finish({ error }));
  child.on('close', (code, signal) => finish({ code, signal }));
  const [, , , control, bare, loaded] = child.stdio as unknown as Duplex[];
  return {
    warden: attach(control as Duplex, listeners.warden, fail),
    bare: attach(bare as Duplex, listeners.bare, fail),
    loaded: attach(loaded as Duplex, listeners.loaded, fail),
    end: async () => {
      child.kill('SIGKILL');
      await gone;
    },
  };
}
