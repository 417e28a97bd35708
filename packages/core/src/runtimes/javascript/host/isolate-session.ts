/** One sandbox's isolate: executions of its code, one after the other, and what they came to. */
import { readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import type { Trace } from '../guest/trace.js';
import { Bridge, type Crossing, type Ending, GuestError, IsolateEnded } from './bridge.js';
import { digest } from './digest.js';
import { moduleBody } from './module-body.js';
import { prepare, type Refusal } from './prepare.js';
import type { Room } from './quota.js';
import { Randomness } from './randomness.js';
import { WorkspaceFiles } from './workspace-files.js';

/** A MIME bundle as the guest made it: hostile JSON, looked at for its shape by the engine. */
export type Bundle = Record<string, unknown>;

/** Hears what the code prints and shows, in order, while it runs. */
export interface Sink {
  stdout(text: string): void;
  stderr(text: string): void;
  display(bundle: Bundle): void;
}

export interface IsolateOptions {
  /** V8's limit of the heap and of array buffers. WebAssembly's memory is not counted by it. */
  memoryBytes: number;
  /** Folder of the host that the code finds as `/workspace`. */
  workspaceFolder: string;
  /** Modules for the code, by name: the text of each, one ECMAScript or CommonJS module. */
  modules?: Record<string, string>;
  /** Where the guest's scripts are. Default: beside this program. */
  guestFolder?: string;
  /**
   * The code runs in the caller's thread, which is quicker: nothing ends it then but `timeoutMs` and
   * the end of the process, which also is what V8 does when it cannot go on. Default: false.
   */
  inPlace?: boolean;
  /** V8 cannot go on and its thread is lost: the process is to end. Default: it is ended. */
  onCatastrophe?(message: string): void;
}

export interface ExecuteRequest {
  code: string;
  /** Names it in tracebacks. Default: one more than the last. */
  number?: number | undefined;
  /** When it begins, in milliseconds since 1970. */
  clockMs: number;
  /** Of its random numbers: any text, kept by whoever wants to run it again. */
  seed: string;
  /** The trace of an earlier run, to be read back: no timer is waited for. */
  replay?: string | undefined;
  /** Bytes and files that the workspace may still take. Default: no limit of the bridge's. */
  room?: Room | undefined;
}

export interface Outcome {
  /** Of the last expression. */
  result?: Bundle | undefined;
  /** The code's exception. */
  error?: Refusal | undefined;
  /** Something of the result or of a display was left out. */
  truncated: boolean;
  /** Set when the isolate ended meanwhile: it is of no use any more. */
  ended?: 'interrupted' | Ending | undefined;
  /** With it, and the same files, seed and time, the code runs again as it ran. */
  trace: Trace;
}

export interface VariableReport {
  name: string;
  type: string;
  sizeBytes: number;
  preview: string;
}

export interface IsolateSession {
  /** One at a time. Resolves also when the isolate ends. */
  execute(request: ExecuteRequest, sink: Sink): Promise<Outcome>;
  /** Ends what runs, and the isolate with it: its memory is half-way through the code. */
  interrupt(): void;
  /** While nothing runs. */
  variables(): Promise<VariableReport[]>;
  dispose(): void;
  readonly disposed: boolean;
}

const PROGRAM = 'javascript-guest.js';
const LIBRARIES: Record<string, string> = {
  'library:url': 'javascript-guest-url.js',
  'library:assert': 'javascript-guest-assert.js',
};
/** Variables are told by the code's own getters and traps, which may not end. */
const VARIABLES_TIMEOUT_MS = 5_000;
/** A frame holds 33 MiB; what the guest cuts is less. */
const JSON_CHARACTERS = 64 * 1_048_576;
const NO_TRACE: Trace = { exact: false, data: '' };

interface Running {
  sink: Sink;
  startedMs: number;
  random: Randomness;
  isInterrupted: boolean;
  /** Ends the wait for a timer. */
  wake?: (() => void) | undefined;
}

export async function createIsolateSession(options: IsolateOptions): Promise<IsolateSession> {
  const folder = options.guestFolder ?? import.meta.dirname;
  const modules = options.modules ?? {};
  const files = new WorkspaceFiles(realpathSync(options.workspaceFolder));
  let running: Running | undefined;
  let number = 0;

  const source = (name: Crossing): Crossing => {
    if (typeof name !== 'string') return undefined;
    if (Object.hasOwn(LIBRARIES, name)) {
      return readFileSync(join(folder, LIBRARIES[name] as string), 'utf8');
    }
    return Object.hasOwn(modules, name) ? moduleBody(name, modules[name] as string) : undefined;
  };
  const bridge = await Bridge.open({
    program: readFileSync(join(folder, PROGRAM), 'utf8'),
    settings: {
      machine: {
        arch: process.arch,
        platform: process.platform,
        version: process.version,
        v8: process.versions.v8,
      },
      modules: Object.keys(modules),
    },
    memoryBytes: options.memoryBytes,
    inPlace: options.inPlace ?? false,
    onCatastrophe: options.onCatastrophe ?? (() => process.abort()),
    operations: {
      print: (stream, text) => {
        if (typeof text !== 'string') return undefined;
        if (stream === 'stderr') running?.sink.stderr(text);
        else running?.sink.stdout(text);
        return undefined;
      },
      display: (json) => {
        const bundle = parsed<Bundle>(json);
        if (bundle) running?.sink.display(bundle);
        return undefined;
      },
      elapsed: () => performance.now() - (running?.startedMs ?? 0),
      random: (count) => running?.random.bytes(Number(count)),
      digest,
      module: source,
      files: (name, given, data) => files.perform(name, given, data),
    },
  });

  const turn = async (name: 'execute' | 'wake', given: Crossing[] = []): Promise<Crossing> => {
    try {
      await bridge.call(name, given);
    } catch (error) {
      if (!(error instanceof GuestError)) throw error;
      const { name: kind, message, stack } = error.said;
      await bridge.call('uncaught', [kind, message, stack]);
    }
    return bridge.call('proceed');
  };

  const run = async (order: string, now: Running, isPlayback: boolean): Promise<Outcome> => {
    let came = await turn('execute', [order]);
    while (typeof came === 'number') {
      if (!isPlayback) await pause(came, now);
      came = await turn('wake');
    }
    return parsed<Outcome>(came) ?? broken('');
  };

  return {
    async execute(request, sink) {
      number = request.number ?? number + 1;
      const prepared = prepare(request.code, number);
      if ('refused' in prepared) {
        const trace = { exact: true, data: '' };
        return { error: prepared.refused, truncated: false, trace };
      }
      const { clockMs, replay, seed } = request;
      files.setRoom(request.room);
      const order = JSON.stringify({
        code: prepared.code,
        clockMs,
        isRehearsal: number === 0,
        trace: replay,
      });
      running = {
        sink,
        startedMs: performance.now(),
        random: new Randomness(seed),
        isInterrupted: false,
      };
      const now = running;
      try {
        return await run(order, now, replay !== undefined);
      } catch (error) {
        if (error instanceof GuestError) return broken(error.said.message);
        bridge.dispose();
        if (!(error instanceof IsolateEnded)) throw error;
        const ended = now.isInterrupted ? 'interrupted' : error.ending;
        return { truncated: false, ended, trace: NO_TRACE };
      } finally {
        running = undefined;
      }
    },
    interrupt() {
      if (!running) return;
      running.isInterrupted = true;
      bridge.dispose();
      running.wake?.();
    },
    async variables() {
      try {
        return parsed(await bridge.call('variables', [], VARIABLES_TIMEOUT_MS)) ?? [];
      } catch (error) {
        if (error instanceof GuestError) return [];
        throw error;
      }
    },
    dispose: () => bridge.dispose(),
    get disposed() {
      return bridge.disposed;
    },
  };
}

/** The guest's program runs on the same objects as the code, which may have broken them. */
function broken(remark: string): Outcome {
  const name = 'Error';
  const message =
    'What the code came to cannot be told: it changed objects of the language that its sandbox ' +
    `needs.${remark === '' ? '' : ` (${remark})`}`;
  const error = { name, message, traceback: `${name}: ${message}` };
  return { error, truncated: false, trace: NO_TRACE };
}

function pause(delayMs: number, running: Running): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, delayMs);
    running.wake = () => {
      clearTimeout(timer);
      resolve();
    };
  });
}

/** JSON of the guest's, of any shape. */
function parsed<T>(json: Crossing): T | undefined {
  if (typeof json !== 'string' || json.length > JSON_CHARACTERS) return undefined;
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'object' && value !== null ? (value as T) : undefined;
  } catch {
    return undefined;
  }
}
