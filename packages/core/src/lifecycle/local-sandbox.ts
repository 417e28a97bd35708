/** A sandbox of this machine, as a caller has it. */
import { randomUUID } from 'node:crypto';
import type { SandboxRecord } from '@belljar/store';
import type { ForkOptions, SnapshotInfo, SnapshotOptions } from '../engine.js';
import { BelljarError } from '../errors.js';
import type { ExecuteOptions, Execution } from '../execution.js';
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
  checkExecutionId,
  checkExecutions,
  checkFork,
  checkShell,
  checkSnapshot,
  checkSpawn,
  checkVariables,
} from './check-input.js';
import { forkSandbox, takeSnapshot } from './copies.js';
import type { EngineCore } from './engine-core.js';
import { asShellResult } from './execution-record.js';
import { Executor } from './executor.js';
import { readInputFiles } from './file-content.js';
import { fileOperations } from './file-operations.js';
import { type JournalQuery, journalEntries } from './journal-entries.js';
import { journalDeed } from './journalled-deed.js';
import { recordedContent } from './recorded-content.js';
import { rollBackTo } from './rollback.js';
import { SandboxAccess } from './sandbox-access.js';
import { storedLimits, usedAt } from './sandbox-records.js';
import { workspaceFiles } from './workspace-files.js';
import { checkName } from './workspace-names.js';

export class LocalSandbox implements Sandbox {
  readonly files: SandboxFiles;
  readonly #access: SandboxAccess;
  readonly #executor: Executor;
  readonly #owner: string | undefined;

  constructor(core: EngineCore, record: SandboxRecord, owner: string | undefined) {
    const access = new SandboxAccess(core, record, owner);
    this.#access = access;
    this.#owner = owner;
    this.files = workspaceFiles((task) => access.withProcess(task), fileOperations(access));
    this.#executor = new Executor(access, recordedContent(core, record.id, this.files));
  }

  get id(): string {
    return this.#access.id;
  }

  get info(): SandboxInfo {
    return this.#access.core.info(this.#access.record);
  }

  async execute(given: ExecuteOptions | string): Promise<Execution> {
    const options = checkExecute(typeof given === 'string' ? { code: given } : given);
    const { code, timeoutMs, onFailure, signal, executionId, files = [], ...callbacks } = options;
    const { codeBytes: limitBytes } = storedLimits(this.#access.record).limits;
    const codeBytes = Buffer.byteLength(code);
    if (codeBytes > limitBytes) {
      throw new BelljarError(
        'INVALID_ARGUMENT',
        `The code has ${codeBytes} bytes; this sandbox takes ${limitBytes}.`,
        { suggestion: 'Send data as files.', details: { codeBytes, limitBytes } },
      );
    }
    signal?.throwIfAborted();
    const inputs = readInputFiles(files, codeBytes, signal);
    const keep = onFailure === 'keep' ? onFailure : undefined;
    const parameters = { timeoutMs, onFailure: keep };
    const request = { kind: 'execute', code, parameters } as const;
    return this.#executor.perform({ request, inputs, executionId, signal, callbacks });
  }

  async shell(given: string, givenOptions: ShellOptions = {}): Promise<ShellResult> {
    const code = checkCommand(given);
    const options = checkShell(givenOptions);
    const { timeoutMs, signal, executionId, stdin = '', ...rest } = options;
    const { workingDirectory, environment = {}, ...callbacks } = rest;
    signal?.throwIfAborted();
    const folder = checkName(workingDirectory ?? '', true) || '.';
    const content = Buffer.from(stdin);
    const inputs = content.byteLength > 0 ? [{ name: 'stdin', content }] : [];
    const execution = await this.#executor.perform({
      request: {
        kind: 'shell',
        code,
        parameters: { timeoutMs, workingDirectory: folder, environment },
      },
      inputs: Promise.resolve(inputs),
      executionId,
      signal,
      callbacks,
    });
    return asShellResult(execution);
  }

  async spawn(given: string, givenOptions: SpawnOptions = {}): Promise<SpawnedProcess> {
    const command = checkCommand(given);
    const { signal, workingDirectory, environment = {} } = checkSpawn(givenOptions);
    signal?.throwIfAborted();
    const folder = checkName(workingDirectory ?? '', true) || '.';
    const access = this.#access;
    const spawned = await access.withProcess(async (process, resident) => {
      signal?.throwIfAborted();
      await resident.journal.writeOwed();
      const [id, startTime] = [randomUUID(), Date.now()];
      const started = await process.spawn(command, folder, environment);
      resident.addCommand(command, started, () => {
        resident.checkpoints.changedByCommand();
        void access.update(usedAt(Date.now(), access.record)).catch(() => {});
      });
      const parameters = { operation: 'spawn', command } as const;
      const deed = {
        id,
        parameters,
        code: `spawn ${command}`,
        contents: [],
        inputs: [],
        startTime,
      };
      await journalDeed(access, process, resident, deed);
      return started;
    });
    const kill = (): void => void spawned.kill();
    signal?.addEventListener('abort', kill, { once: true });
    if (signal?.aborted) kill();
    void spawned.wait().then(() => signal?.removeEventListener('abort', kill));
    return spawned;
  }

  async variables(given: { identity?: boolean | undefined } = {}): Promise<Variable[]> {
    const { identity: isAsked } = checkVariables(given);
    const variables = await this.#access.withProcess((process) => process.variables());
    return isAsked ? variables : variables.map(({ identity: _, ...variable }) => variable);
  }

  async *executions(given: JournalQuery = {}): AsyncIterable<ExecutionEntry> {
    const options = checkExecutions(given);
    await this.#access.refresh();
    yield* journalEntries(this.#access.core.store, this.id, options);
  }

  stop(): Promise<void> {
    return this.#leaveMemory('stopped');
  }

  start(): Promise<void> {
    return this.#access.inTurn(async () => {
      await this.#access.refresh();
      await this.#access.update({ state: 'running' });
    });
  }

  hibernate(): Promise<void> {
    return this.#leaveMemory(undefined);
  }

  async fork(given: ForkOptions = {}): Promise<Sandbox> {
    const record = await forkSandbox(this.#access, checkFork(given));
    const fork = new LocalSandbox(this.#access.core, record, this.#owner);
    await fork.#access.withProcess(async () => {}); // ready to execute
    return fork;
  }

  async rollback(executionId: string): Promise<void> {
    await rollBackTo(this.#access, checkExecutionId(executionId));
  }

  async snapshot(given: SnapshotOptions = {}): Promise<SnapshotInfo> {
    return takeSnapshot(this.#access, checkSnapshot(given));
  }

  /** Leaving the block hibernates: the sandbox lives until its TTL ends. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.hibernate().catch((error: unknown) => {
      const moot: readonly string[] = ['ENGINE_CLOSED', 'SANDBOX_NOT_FOUND', 'SANDBOX_HELD'];
      if (!BelljarError.isInstance(error) || !moot.includes(error.code)) throw error;
    });
  }

  #leaveMemory(state: 'stopped' | undefined): Promise<void> {
    const { core, id } = this.#access;
    return this.#access.inTurn(async (resident) => {
      await this.#access.refresh();
      await core.leases.assertFree(id);
      await core.hibernation.hibernate(resident);
      if (state) await this.#access.update({ state });
    });
  }
}
