/** A sandbox of this machine: the record in the store, and its live process when it has one. */
import { randomUUID } from 'node:crypto';
import type { FileRecord, FinalStatus, SandboxRecord } from '@belljar/store';
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
  cancelledOutcome,
  completeExecution,
  fileRecord,
  plainExecution,
  recordedExecution,
  sha256,
} from './execution-record.js';
import { readInputFiles } from './file-content.js';
import { type JournalQuery, journalEntries } from './journal-entries.js';
import { type RunPlan, requestHash } from './run-plan.js';
import { readWorkspaceFile, workspaceFiles } from './workspace-files.js';
import { checkName } from './workspace-names.js';

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

  async *executions(given: JournalQuery = {}): AsyncIterable<ExecutionEntry> {
    const options = checkExecutions(given);
    await this.#refresh();
    yield* journalEntries(this.#core.store, this.id, options);
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
  async #process(resident: Resident): Promise<SandboxProcess> {
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

  /** Runs a task with the live process when all that was asked for before is done. */
  #inOrder<T>(task: (process: SandboxProcess) => Promise<T>): Promise<T> {
    const resident = this.#core.resident(this.id);
    return resident.order.run(async () => {
      await this.#refresh();
      this.#assertRunning();
      try {
        return await task(await this.#process(resident));
      } catch (error) {
        await this.#refresh(); // a close or a delete meanwhile is the better reason
        throw error;
      }
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
    const resident = this.#core.resident(this.id);
    const performed = resident.order.run(async () => {
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
    const { entry, created } = await this.#core.store.beginExecution(this.id, {
      id,
      kind: plan.kind,
      requestHash: hash,
      code: plan.code,
      startTime: Date.now(),
    });
    if (created) return this.#runAndRecord(id, plan, resident);
    if (entry.requestHash === hash) return this.#recorded(entry.id);
    throw new BelljarError(
      'EXECUTION_CONFLICT',
      `The execution '${id}' was another request; nothing ran.`,
      { suggestion: 'Give each request an executionId of its own.' },
    );
  }

  async #recorded(id: string): Promise<Execution> {
    const entry = await this.#core.store.getExecution(this.id, id);
    if (!entry || entry.status === 'running') {
      throw new BelljarError('ENGINE_BUSY', `The execution '${id}' is running elsewhere.`);
    }
    return recordedExecution(entry, (file) => this.#content(file));
  }

  async #runAndRecord(id: string, plan: RunPlan, resident: Resident): Promise<Execution> {
    let outcome: RunOutcome;
    try {
      outcome = plan.signal?.aborted ? cancelledOutcome() : await this.#run(plan, resident);
    } catch (error) {
      if (resident.deleted) throw sandboxNotFound(this.id);
      await this.#core.store.abandonExecution(this.id, id);
      throw error;
    }
    const isolation = (await this.#core.runtimes.get(this.#record.language)).isolation();
    if (resident.deleted) throw sandboxNotFound(this.id);
    const plain = plainExecution(id, outcome, isolation, this.#survival(outcome, resident));
    const files: FileRecord[] = [];
    for (const file of outcome.files) {
      const { content } = file;
      const hash = content && (await this.#core.store.putBlob(this.id, content));
      files.push(fileRecord(file, hash));
    }
    await this.#finish(id, plain.status, plain, files);
    return completeExecution(plain, files, (file) => this.#content(file));
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
    await this.#core.store.finishExecution(this.id, id, {
      status,
      endTime: now,
      outcome,
      files,
      sandbox: patch,
    });
    this.#record = { ...this.#record, ...patch };
  }

  /** Content as of the execution; of a file that was left out, as it is in the workspace now. */
  async #content(file: FileRecord): Promise<Uint8Array> {
    this.#core.assertOpen();
    if (file.change === 'removed') {
      throw new BelljarError('INVALID_ARGUMENT', `The file '${file.name}' was removed.`);
    }
    if (file.omitted) {
      const name = checkName(file.name);
      return this.#inOrder((process) => readWorkspaceFile(process, name));
    }
    const content = await this.#core.store.getBlob(this.id, file.sha256);
    if (content) return content;
    throw new BelljarError('SANDBOX_NOT_FOUND', `The sandbox of '${file.name}' was deleted.`);
  }
}
