/** A sandbox of this machine: the record in the store, and its live process when it has one. */
import { randomUUID } from 'node:crypto';
import type { ExecutionRecord, SandboxRecord } from '@belljar/store';
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
import {
  checkCommand,
  checkExecute,
  checkExecutions,
  checkShell,
  checkSpawn,
} from './check-input.js';
import { type EngineCore, type Resident, sandboxNotFound, storedLimits } from './engine-core.js';
import {
  asShellResult,
  type ContentSource,
  cancelledOutcome,
  completeExecution,
  isEnded,
  plainExecution,
  recordedExecution,
  sha256,
} from './execution-record.js';
import { readInputFiles } from './file-content.js';
import { type JournalQuery, journalEntries } from './journal-entries.js';
import { notThereYet } from './not-there-yet.js';
import { recordedContent } from './recorded-content.js';
import { type RunPlan, requestHash } from './run-plan.js';
import { workspaceFiles } from './workspace-files.js';
import { checkName } from './workspace-names.js';

export class LocalSandbox implements Sandbox {
  readonly files: SandboxFiles;
  readonly #core: EngineCore;
  readonly #owner: string | undefined;
  readonly #content: ContentSource;
  #record: SandboxRecord;

  constructor(core: EngineCore, record: SandboxRecord, owner: string | undefined) {
    this.#core = core;
    this.#record = record;
    this.#owner = owner;
    this.files = workspaceFiles((task) => this.#inOrder(task));
    this.#content = recordedContent(core, record.id, this.files);
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
    return this.#perform({
      kind: 'execute',
      code: options.code,
      executionId: options.executionId,
      timeoutMs: options.timeoutMs,
      signal: options.signal,
      files: readInputFiles(options.files ?? [], codeBytes, options.signal),
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
      files: Promise.resolve([]),
      rest: [options.timeoutMs, folder, environment, sha256(stdin)],
      run: (process, timeoutMs) =>
        process.shell({
          ...options,
          code: command,
          timeoutMs,
          signal: options.signal,
          workingDirectory: folder === '' ? '.' : folder,
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
    const folder = checkName(options.workingDirectory ?? '', true) || '.';
    const spawned = await this.#inOrder((process) => {
      options.signal?.throwIfAborted();
      return process.spawn(command, folder, options.environment ?? {});
    });
    const kill = (): void => void spawned.kill();
    options.signal?.addEventListener('abort', kill, { once: true });
    if (options.signal?.aborted) kill();
    void spawned.wait().then(() => options.signal?.removeEventListener('abort', kill));
    return spawned;
  }

  variables(): Promise<Variable[]> {
    return this.#inOrder((process) => process.variables());
  }

  async *executions(given: JournalQuery = {}): AsyncIterable<ExecutionEntry> {
    const options = checkExecutions(given);
    await this.#refresh();
    yield* journalEntries(this.#core.store, this.id, options);
  }

  stop(): Promise<void> {
    return this.#inTurn(async () => {
      await this.#refresh();
      await this.#core.leases.assertFree(this.id);
      await this.#core.endProcess(this.id, 'the sandbox was stopped');
      await this.#update({ state: 'stopped' });
      await this.#core.leases.release(this.id);
    });
  }

  start(): Promise<void> {
    return this.#inTurn(async () => {
      await this.#refresh();
      await this.#update({ state: 'running' });
    });
  }

  hibernate(): Promise<never> {
    return notThereYet('hibernate()');
  }

  fork(): Promise<never> {
    return notThereYet('fork()');
  }

  rollback(): Promise<never> {
    return notThereYet('rollback()');
  }

  snapshot(): Promise<never> {
    return notThereYet('snapshot()');
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
  async #process(resident: Resident): Promise<SandboxProcess> {
    await this.#core.hold(this.id);
    if (resident.process) return resident.process;
    const { limits } = storedLimits(this.#record);
    const live = await this.#core.acquire(this.#record.language, limits);
    if (resident.deleted) {
      await live.end();
      throw sandboxNotFound(this.id);
    }
    this.#core.settle(this.id, live);
    return live;
  }

  /** Runs a task when all that was asked for before is done. */
  #inTurn<T>(task: (resident: Resident) => Promise<T>): Promise<T> {
    const resident = this.#core.resident(this.id);
    return resident.order.run(async () => {
      try {
        return await task(resident);
      } catch (error) {
        await this.#refresh(); // a close or a delete meanwhile is the better reason
        throw error;
      }
    });
  }

  #inOrder<T>(task: (process: SandboxProcess) => Promise<T>): Promise<T> {
    return this.#inTurn(async (resident) => {
      await this.#refresh();
      this.#assertRunning();
      return task(await this.#process(resident));
    });
  }

  #assertRunning(): void {
    if (this.#record.state !== 'stopped') return;
    throw new BelljarError('SANDBOX_STOPPED', `The sandbox '${this.id}' is stopped.`, {
      suggestion: 'Call start() first.',
    });
  }

  /** Takes its place in the order at once. What is wrong with the files is said at once too. */
  async #perform(plan: RunPlan): Promise<Execution> {
    const performed = this.#inTurn(async (resident) => {
      const hash = await requestHash(plan);
      return this.#core.turnstile.run(() => this.#begin(plan, hash, resident));
    });
    const [execution] = await Promise.all([performed, plan.files]);
    return execution;
  }

  async #begin(plan: RunPlan, hash: string, resident: Resident): Promise<Execution> {
    await this.#refresh();
    this.#assertRunning();
    const id = plan.executionId ?? randomUUID();
    // What is recorded can be read whoever runs the sandbox now.
    const known = plan.executionId && (await this.#core.store.getExecution(this.id, id));
    if (known && known.requestHash === hash && isEnded(known)) return this.#recorded(known);
    const epoch = await this.#core.hold(this.id);
    const start = { id, kind: plan.kind, requestHash: hash, code: plan.code, request: null };
    const { entry, created } = await resident.journal.begin(
      { ...start, startTime: Date.now() },
      epoch,
    );
    if (created) return this.#runAndRecord(id, plan, resident, epoch);
    if (entry.requestHash === hash) return this.#recorded(entry);
    throw new BelljarError(
      'EXECUTION_CONFLICT',
      `The execution '${id}' was another request; nothing ran.`,
      { suggestion: 'Give each request an executionId of its own.' },
    );
  }

  #recorded(entry: ExecutionRecord): Execution {
    if (isEnded(entry)) return recordedExecution(entry, this.#content);
    throw new BelljarError('ENGINE_BUSY', `The execution '${entry.id}' is running elsewhere.`);
  }

  async #runAndRecord(
    id: string,
    plan: RunPlan,
    resident: Resident,
    epoch: number,
  ): Promise<Execution> {
    let outcome: RunOutcome;
    try {
      outcome = plan.signal?.aborted ? cancelledOutcome() : await this.#run(plan, resident);
    } catch (error) {
      if (resident.deleted) throw sandboxNotFound(this.id);
      await resident.journal.abandon(id, epoch);
      throw error;
    }
    const isolation = (await this.#core.runtimes.get(this.#record.language)).isolation();
    if (resident.deleted) throw sandboxNotFound(this.id);
    const plain = plainExecution(id, outcome, isolation, this.#survival(outcome, resident));
    const endTime = Date.now();
    const times = { updateTime: endTime, expireTime: endTime + storedLimits(this.#record).ttlMs };
    const patch = plain.survival ? { ...times, survival: plain.survival } : times;
    const ended = { execution: plain, files: outcome.files, endTime, sandbox: patch };
    const files = await resident.journal.end(ended, epoch);
    this.#record = { ...this.#record, ...patch };
    return completeExecution(plain, files, this.#content);
  }

  async #run(plan: RunPlan, resident: Resident): Promise<RunOutcome> {
    const process = await this.#process(resident);
    const files = await plan.files;
    const written = await Promise.allSettled(
      files.map((file) => process.writeFile(file.name, file.content)),
    );
    const failed = written.find((one) => one.status === 'rejected');
    if (failed) throw failed.reason;
    if (plan.signal?.aborted) return cancelledOutcome();
    return plan.run(process, plan.timeoutMs ?? storedLimits(this.#record).limits.timeoutMs);
  }

  /** Names what is gone: before this execution began, or through it. */
  #survival(outcome: RunOutcome, resident: Resident): SurvivalReport | undefined {
    const { lost } = resident;
    if (outcome.memoryLost !== undefined) {
      lost.push({ name: 'all variables', reason: outcome.memoryLost });
    }
    resident.lost = [];
    return lost.length > 0 ? { lost } : undefined;
  }
}
