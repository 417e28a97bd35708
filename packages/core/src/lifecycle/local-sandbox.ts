/** A sandbox of this machine: the record in the store, and its live process when it has one. */
import { createHash, randomUUID } from 'node:crypto';
import type { ExecutionKind, FileRecord, FinalStatus, SandboxRecord } from '@belljar/store';
import { BelljarError } from '../errors.js';
import type { ExecuteOptions, Execution, SurvivalReport } from '../execution.js';
import type { RunOutcome, SandboxProcess } from '../runtimes/runtime.js';
import type {
  ExecutionEntry,
  Sandbox,
  SandboxFiles,
  SandboxInfo,
  ShellOptions,
  ShellResult,
  SpawnedProcess,
  SpawnOptions,
  Variable,
} from '../sandbox.js';
import { checkCommand, checkExecute, checkShell, checkSpawn } from './check-input.js';
import { type EngineCore, storedLimits } from './engine-core.js';
import {
  asShellResult,
  cancelledOutcome,
  completeExecution,
  fileRecord,
  plainExecution,
  recordedExecution,
  sha256,
} from './execution-record.js';
import { type NamedContent, readInputFiles } from './file-content.js';
import { readWorkspaceFile, workspaceFiles } from './workspace-files.js';
import { checkName } from './workspace-names.js';

const ENTRIES_AT_ONCE = 100;

interface RunPlan {
  kind: ExecutionKind;
  code: string;
  executionId: string | undefined;
  timeoutMs: number | undefined;
  signal: AbortSignal | undefined;
  files: NamedContent[];
  /** What beside code and files makes it another request. */
  rest: unknown;
  run(process: SandboxProcess, timeoutMs: number): Promise<RunOutcome>;
}

export class LocalSandbox implements Sandbox {
  readonly files: SandboxFiles;
  readonly #core: EngineCore;
  readonly #owner: string | undefined;
  #record: SandboxRecord;

  constructor(core: EngineCore, record: SandboxRecord, owner: string | undefined) {
    this.#core = core;
    this.#record = record;
    this.#owner = owner;
    this.files = workspaceFiles((task) => this.#inOrder(task));
  }

  get id(): string {
    return this.#record.id;
  }

  get info(): SandboxInfo {
    return this.#core.info(this.#record);
  }

  async execute(given: ExecuteOptions | string): Promise<Execution> {
    const options = checkExecute(typeof given === 'string' ? { code: given } : given);
    const { limits } = storedLimits(this.#record);
    const codeBytes = Buffer.byteLength(options.code);
    if (codeBytes > limits.codeBytes) {
      throw new BelljarError(
        'INVALID_ARGUMENT',
        `The code has ${codeBytes} bytes; this sandbox takes ${limits.codeBytes}.`,
        { suggestion: 'Send data as files.', details: { codeBytes, limitBytes: limits.codeBytes } },
      );
    }
    options.signal?.throwIfAborted();
    const files = await readInputFiles(options.files ?? [], codeBytes);
    return this.#perform({
      kind: 'execute',
      code: options.code,
      executionId: options.executionId,
      timeoutMs: options.timeoutMs,
      signal: options.signal,
      files,
      rest: [options.timeoutMs],
      run: (process, timeoutMs) => process.run({ ...options, timeoutMs, signal: options.signal }),
    });
  }

  async shell(given: string, givenOptions: ShellOptions = {}): Promise<ShellResult> {
    const command = checkCommand(given);
    const options = checkShell(givenOptions);
    options.signal?.throwIfAborted();
    const folder = checkName(options.workingDirectory ?? '', true);
    const stdin = Buffer.from(options.stdin ?? '');
    const environment = options.environment ?? {};
    const execution = await this.#perform({
      kind: 'shell',
      code: command,
      executionId: options.executionId,
      timeoutMs: options.timeoutMs,
      signal: options.signal,
      files: [],
      rest: [options.timeoutMs, folder, environment, sha256(stdin)],
      run: (process, timeoutMs) =>
        process.shell({
          ...options,
          code: command,
          timeoutMs,
          signal: options.signal,
          workingDirectory: `/workspace/${folder}`,
          environment,
          stdin,
        }),
    });
    return asShellResult(execution);
  }

  async spawn(given: string, givenOptions: SpawnOptions = {}): Promise<SpawnedProcess> {
    const command = checkCommand(given);
    const options = checkSpawn(givenOptions);
    options.signal?.throwIfAborted();
    const folder = `/workspace/${checkName(options.workingDirectory ?? '', true)}`;
    const spawned = await this.#inOrder((process) =>
      process.spawn(command, folder, options.environment ?? {}),
    );
    const kill = (): void => void spawned.kill();
    options.signal?.addEventListener('abort', kill, { once: true });
    void spawned.wait().then(() => options.signal?.removeEventListener('abort', kill));
    return spawned;
  }

  variables(): Promise<Variable[]> {
    return this.#inOrder((process) => process.variables());
  }

  async *executions(
    options: { limit?: number | undefined; after?: string | undefined } = {},
  ): AsyncIterable<ExecutionEntry> {
    const { store } = this.#core;
    await this.#refresh();
    let left = options.limit ?? Number.POSITIVE_INFINITY;
    let after: number | undefined;
    if (options.after !== undefined) {
      const entry = await store.getExecution(this.id, options.after);
      if (!entry) {
        throw new BelljarError('INVALID_ARGUMENT', `There is no execution '${options.after}'.`);
      }
      after = entry.position;
    }
    while (left > 0) {
      const page = await store.listExecutions(this.id, {
        after,
        limit: Math.min(left, ENTRIES_AT_ONCE),
      });
      for (const entry of page) {
        after = entry.position;
        if (entry.status === 'running' || entry.kind === 'files') continue;
        left -= 1;
        yield {
          id: entry.id,
          kind: entry.kind,
          code: entry.code,
          status: entry.status,
          startTime: new Date(entry.startTime).toISOString(),
          endTime: new Date(entry.endTime ?? entry.startTime).toISOString(),
          files: entry.files.map(({ omitted: _, ...file }) => file),
        };
      }
      if (page.length === 0) return;
    }
  }

  stop(): Promise<void> {
    return this.#core.resident(this.id).order.run(async () => {
      await this.#refresh();
      await this.#core.endProcess(this.id, 'the sandbox was stopped');
      await this.#update({ state: 'stopped' });
    });
  }

  start(): Promise<void> {
    return this.#core.resident(this.id).order.run(async () => {
      await this.#refresh();
      await this.#update({ state: 'running' });
    });
  }

  /** Leaving the block does not delete: the sandbox lives until its TTL ends. */
  async [Symbol.asyncDispose](): Promise<void> {}

  async #refresh(): Promise<void> {
    this.#record = await this.#core.find(this.id, this.#owner);
  }

  async #update(patch: Partial<SandboxRecord>): Promise<void> {
    this.#record = await this.#core.store.updateSandbox(this.id, {
      ...patch,
      updateTime: Date.now(),
    });
  }

  /** The live process; a new one, with nothing of the old one's memory, where there is none. */
  async #process(): Promise<SandboxProcess> {
    const resident = this.#core.resident(this.id);
    if (resident.process) return resident.process;
    const { limits } = storedLimits(this.#record);
    const live = await this.#core.acquire(this.#record.language, limits);
    this.#core.settle(this.id, live);
    return live;
  }

  /** Runs a task with the live process when all that was asked for before is done. */
  #inOrder<T>(task: (process: SandboxProcess) => Promise<T>): Promise<T> {
    return this.#core.resident(this.id).order.run(async () => {
      await this.#refresh();
      this.#assertRunning();
      return task(await this.#process());
    });
  }

  #assertRunning(): void {
    if (this.#record.state !== 'stopped') return;
    throw new BelljarError('SANDBOX_STOPPED', `The sandbox '${this.id}' is stopped.`, {
      suggestion: 'Call start() first.',
    });
  }

  #perform(plan: RunPlan): Promise<Execution> {
    const resident = this.#core.resident(this.id);
    return resident.order.run(() =>
      this.#core.turnstile.run(async () => {
        await this.#refresh();
        this.#assertRunning();
        const id = plan.executionId ?? randomUUID();
        const { entry, created } = await this.#core.store.beginExecution(this.id, {
          id,
          kind: plan.kind,
          requestHash: requestHash(plan),
          code: plan.code,
          startTime: Date.now(),
        });
        if (!created) {
          if (entry.requestHash === requestHash(plan)) return this.#recorded(entry.id);
          throw new BelljarError(
            'EXECUTION_CONFLICT',
            `The execution '${id}' was another request; nothing ran.`,
            { suggestion: 'Give each request an executionId of its own.' },
          );
        }
        return this.#runAndRecord(id, plan);
      }),
    );
  }

  async #recorded(id: string): Promise<Execution> {
    const entry = await this.#core.store.getExecution(this.id, id);
    if (!entry || entry.status === 'running') {
      throw new BelljarError('ENGINE_BUSY', `The execution '${id}' is running elsewhere.`);
    }
    return recordedExecution(entry, (file) => this.#content(file));
  }

  async #runAndRecord(id: string, plan: RunPlan): Promise<Execution> {
    let outcome: RunOutcome;
    try {
      outcome = plan.signal?.aborted ? cancelledOutcome() : await this.#run(plan);
    } catch (error) {
      await this.#abandon(id);
      throw error;
    }
    const isolation = (await this.#core.runtimes.get(this.#record.language)).isolation();
    const plain = plainExecution(id, outcome, isolation, this.#survival(outcome));
    const files: FileRecord[] = [];
    for (const file of outcome.files) {
      const { content } = file;
      const hash = content && (await this.#core.store.putBlob(this.id, content));
      files.push(fileRecord(file, hash));
    }
    await this.#finish(id, plain.status, plain, files);
    return completeExecution(plain, files, (file) => this.#content(file));
  }

  async #run(plan: RunPlan): Promise<RunOutcome> {
    const process = await this.#process();
    const written = await Promise.allSettled(
      plan.files.map((file) => process.writeFile(file.name, file.content)),
    );
    const failed = written.find((one) => one.status === 'rejected');
    if (failed) throw failed.reason;
    return plan.run(process, plan.timeoutMs ?? storedLimits(this.#record).limits.timeoutMs);
  }

  /** Names what is gone: before this execution began, or through it. */
  #survival(outcome: RunOutcome): SurvivalReport | undefined {
    const resident = this.#core.resident(this.id);
    const lost = [];
    if (resident.lost !== undefined) {
      lost.push({ name: 'all variables and files', reason: resident.lost });
    }
    if (outcome.memoryLost !== undefined) {
      lost.push({ name: 'all variables', reason: outcome.memoryLost });
    }
    resident.lost = undefined;
    return lost.length > 0 ? { lost } : undefined;
  }

  async #finish(
    id: string,
    status: FinalStatus,
    outcome: unknown,
    files: FileRecord[],
  ): Promise<void> {
    const now = Date.now();
    const { ttlMs } = storedLimits(this.#record);
    const patch = { updateTime: now, expireTime: now + ttlMs };
    if (this.#core.resident(this.id).deleted) return;
    await this.#core.store.finishExecution(this.id, id, {
      status,
      endTime: now,
      outcome,
      files,
      sandbox: patch,
    });
    this.#record = { ...this.#record, ...patch };
  }

  async #abandon(id: string): Promise<void> {
    if (!this.#core.resident(this.id).deleted) {
      await this.#core.store.abandonExecution(this.id, id);
    }
  }

  /** Content as of the execution; of a file that was left out, as it is in the workspace now. */
  async #content(file: FileRecord): Promise<Uint8Array> {
    if (file.change === 'removed') {
      throw new BelljarError('INVALID_ARGUMENT', `The file '${file.name}' was removed.`);
    }
    if (file.omitted) return this.#inOrder((process) => readWorkspaceFile(process, file.name));
    const content = await this.#core.store.getBlob(this.id, file.sha256);
    if (content) return content;
    throw new BelljarError('SANDBOX_NOT_FOUND', `The sandbox of '${file.name}' was deleted.`);
  }
}

/** Tells a repeated request from another one. Content counts when the caller named the request. */
function requestHash(plan: RunPlan): string {
  const files = plan.files.map((file) => [
    file.name,
    plan.executionId === undefined ? file.content.byteLength : sha256(file.content),
  ]);
  const text = JSON.stringify([plan.kind, plan.code, plan.rest, files]);
  return createHash('sha256').update(text).digest('hex');
}
