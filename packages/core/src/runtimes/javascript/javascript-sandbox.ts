/** One live JavaScript sandbox at level `process`: a folder, and a process that works in it. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BelljarError } from '../../errors.js';
import type { SandboxLimits } from '../../limits.js';
import type { FileInfo, Variable } from '../../sandbox.js';
import { pythonOnly } from '../python-only.js';
import type { RunOutcome, RunRequest, SandboxProcess } from '../runtime.js';
import type { RestoreOptions, SandboxState, StateSource } from '../sandbox-state.js';
import { parseVariables } from '../session-payloads.js';
import { readChanges } from './changed-files.js';
import type { HostProgram } from './host-program.js';
import { JavascriptRun } from './javascript-run.js';
import { Lifeline } from './lifeline.js';
import { SessionChild } from './session-child.js';
import { WorkspaceFolder } from './workspace-folder.js';
import { difference, type Scan } from './workspace-scan.js';

const ANSWER_TIMEOUT_MS = 10_000;
const SEED_BYTES = 16;

async function makeBase(): Promise<string> {
  try {
    return await realpath(await mkdtemp(join(tmpdir(), 'belljar-')));
  } catch (cause) {
    throw new BelljarError('RUNTIME_UNAVAILABLE', `The folder '${tmpdir()}' cannot be written.`, {
      suggestion: 'Set TMPDIR to a folder that can.',
      cause,
    });
  }
}

function refused(what: string, error: unknown): unknown {
  if (BelljarError.isInstance(error)) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ENOSPC') return workspaceFull(what);
  // Node's messages name paths of this machine after the first comma.
  const reason = code === undefined ? message : message.split(',')[0];
  return new BelljarError('INVALID_ARGUMENT', `Cannot ${what}: ${reason}.`, {
    details: code === undefined ? {} : { code },
  });
}

function workspaceFull(what: string): BelljarError {
  return new BelljarError('FILES_LIMIT', `Cannot ${what}: the workspace is full.`, {
    suggestion: 'Remove files, or create the sandbox with a larger limits.workspaceBytes.',
  });
}

export class JavascriptSandbox implements SandboxProcess {
  readonly #base: string;
  readonly #folder: WorkspaceFolder;
  readonly #lifeline: Lifeline;
  readonly #limits: SandboxLimits;
  readonly #program: HostProgram;
  #seed = randomBytes(SEED_BYTES).toString('hex');
  readonly #gone = Promise.withResolvers<string>();
  #child: SessionChild | undefined;
  #ready: Promise<SessionChild> | undefined;
  #over = false;
  #runs = 0;
  #lostWhileIdle: string | undefined;
  /** The workspace as the last run left it; undefined when the engine wrote to it since. */
  #known: Scan | undefined;

  private constructor(
    program: HostProgram,
    base: string,
    folder: WorkspaceFolder,
    lifeline: Lifeline,
    limits: SandboxLimits,
  ) {
    this.#program = program;
    this.#base = base;
    this.#folder = folder;
    this.#lifeline = lifeline;
    this.#limits = limits;
  }

  static async start(program: HostProgram, limits: SandboxLimits): Promise<JavascriptSandbox> {
    const base = await makeBase();
    let sandbox: JavascriptSandbox | undefined;
    try {
      const folder = await WorkspaceFolder.make(base);
      const lifeline = await Lifeline.start(base);
      sandbox = new JavascriptSandbox(program, base, folder, lifeline, limits);
      await sandbox.#session();
      return sandbox;
    } catch (error) {
      await sandbox?.end();
      await rm(base, { recursive: true, force: true });
      throw error;
    }
  }

  get seed(): string {
    return this.#seed;
  }

  get memoryLost(): string | undefined {
    return this.#lostWhileIdle;
  }

  get gone(): Promise<string> {
    return this.#gone.promise;
  }

  /** The process that takes orders; another, with nothing of its memory, where it is gone. */
  async #session(): Promise<SessionChild> {
    // It has ended, and what it said last is still being read.
    if (this.#child?.hasExited) await this.#child.ended;
    this.#ready ??= this.#startSession();
    return this.#ready;
  }

  async #startSession(): Promise<SessionChild> {
    if (this.#over) throw new BelljarError('RUNTIME_UNAVAILABLE', 'The sandbox was ended.');
    const { path } = this.#folder;
    const child = new SessionChild(this.#program, path, this.#limits.memoryBytes, this.#seed);
    this.#child = child;
    this.#lifeline.watch(child.pid);
    void child.ended.then(() => {
      this.#child = undefined;
      this.#ready = undefined;
      this.#lostWhileIdle = 'the interpreter ended between two executions';
      this.#lifeline.watch(undefined);
    });
    await child.ready();
    return child;
  }

  async run(request: RunRequest): Promise<RunOutcome> {
    const child = await this.#session();
    const lost = this.#lostWhileIdle;
    this.#lostWhileIdle = undefined;
    const before = this.#known ?? (await this.#folder.scan());
    this.#runs += 1;
    const run = new JavascriptRun(child, this.#limits, request, this.#runs);
    const outcome = await run.perform({
      bytes: Math.max(0, this.#limits.workspaceBytes - before.bytes),
      files: Math.max(0, this.#limits.workspaceFiles - before.entries),
    });
    if (outcome.memoryLost !== undefined) await this.#forget(child);
    outcome.memoryLost ??= lost;
    if (!this.#over) await this.#lookAtFiles(before, outcome);
    return outcome;
  }

  /** The run has said that the memory is gone: the next need not say it again. */
  async #forget(child: SessionChild): Promise<void> {
    await child.ended;
    this.#lostWhileIdle = undefined;
    if (!this.#over) this.#session().catch(() => {}); // met again, and said, by the next call
  }

  async #lookAtFiles(before: Scan, outcome: RunOutcome): Promise<void> {
    let after = await this.#folder.scan();
    const changes = difference(before, after);
    if (changes.length > 0) {
      // What the code left going must not change what is being read.
      this.#child?.signal('SIGSTOP');
      try {
        outcome.files = await readChanges(this.#folder, changes);
        after = await this.#folder.scan();
      } finally {
        this.#child?.signal('SIGCONT');
      }
    }
    this.#known = after;
    const { workspaceBytes, workspaceFiles } = this.#limits;
    const isOver = after.bytes > workspaceBytes || after.entries > workspaceFiles;
    if (!isOver || (outcome.status !== 'ok' && outcome.status !== 'error')) return;
    outcome.status = 'limit';
    outcome.limit =
      after.bytes > workspaceBytes
        ? { name: 'workspaceBytes', value: workspaceBytes }
        : { name: 'workspaceFiles', value: workspaceFiles };
  }

  async variables(): Promise<Variable[]> {
    return parseVariables(await this.#ask({ t: 'variables' })) ?? [];
  }

  /** An order that is answered by a message of its own kind. */
  async #ask(order: { t: 'variables' | 'restore'; seed?: string }): Promise<Buffer> {
    const child = await this.#session();
    const said = Promise.withResolvers<Buffer>();
    child.hear = (message, payload) => {
      if (message.t !== order.t) throw new Error(`'${message.t}' out of turn`);
      said.resolve(payload);
    };
    // The code's own getters run.
    const timer = setTimeout(() => child.kill('it took too long'), ANSWER_TIMEOUT_MS);
    try {
      child.send({ ...order, n: 0 });
      const payload = await Promise.race([said.promise, child.ended]);
      if (payload instanceof Buffer) return payload;
      throw new BelljarError('RUNTIME_UNAVAILABLE', 'The sandbox does not answer.', {
        suggestion: 'The interpreter ended meanwhile; the next execution says what is lost.',
      });
    } finally {
      clearTimeout(timer);
      child.hear = undefined;
    }
  }

  async shell(): Promise<never> {
    throw pythonOnly('shell');
  }

  async spawn(): Promise<never> {
    throw pythonOnly('spawn');
  }

  /** Of one that was just acquired: with the seed its journal runs again as it first ran. */
  async restore(_state: SandboxState, _source: StateSource, { seed }: RestoreOptions) {
    if (seed !== undefined) {
      this.#seed = seed;
      await this.#ask({ t: 'restore', seed });
    }
    return [];
  }

  async writeFile(name: string, content: Uint8Array): Promise<void> {
    const what = `write '${name}'`;
    await this.#inFolder(what, async () => {
      const { bytes, entries } = this.#known ?? (await this.#folder.scan());
      const isFull =
        bytes + content.byteLength > this.#limits.workspaceBytes ||
        entries + 1 > this.#limits.workspaceFiles;
      if (isFull) throw workspaceFull(what);
      this.#known = undefined;
      await this.#folder.write(name, content);
    });
  }

  readFile(name: string, chunk: (data: Uint8Array) => void | Promise<void>): Promise<void> {
    return this.#inFolder(`read '${name}'`, () => this.#folder.read(name, chunk));
  }

  stat(name: string): Promise<FileInfo | null> {
    return this.#inFolder(`look at '${name}'`, () => this.#folder.stat(name));
  }

  list(name: string, recursive: boolean): Promise<FileInfo[]> {
    return this.#inFolder(`list '${name}'`, () => this.#folder.list(name, recursive));
  }

  makeDirectory(name: string): Promise<void> {
    this.#known = undefined;
    return this.#inFolder(`make '${name}'`, () => this.#folder.makeDirectory(name));
  }

  rename(from: string, to: string): Promise<void> {
    this.#known = undefined;
    return this.#inFolder(`rename '${from}'`, () => this.#folder.rename(from, to));
  }

  remove(name: string): Promise<boolean> {
    this.#known = undefined;
    return this.#inFolder(`remove '${name}'`, () => this.#folder.remove(name));
  }

  async #inFolder<T>(what: string, task: () => Promise<T>): Promise<T> {
    try {
      return await task();
    } catch (error) {
      throw refused(what, error);
    }
  }

  async end(): Promise<void> {
    if (!this.#over) {
      this.#over = true;
      await this.#child?.end();
      await this.#lifeline.end();
      await rm(this.#base, { recursive: true, force: true, maxRetries: 3 });
      this.#gone.resolve('its process ended');
    }
    await this.#gone.promise;
  }
}
