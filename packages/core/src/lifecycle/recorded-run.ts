/** One execution that has begun: run, undone where it failed, journalled. */
import type { Execution, SavepointReport } from '../execution.js';
import { LEAST_MEMORY_BYTES } from '../limits.js';
import type { RunCallbacks, RunOutcome } from '../runtimes/runtime.js';
import type { ExecutionEntry } from './execution-entry.js';
import {
  type ContentSource,
  cancelledOutcome,
  completeExecution,
  isKept,
  plainExecution,
} from './execution-record.js';
import type { NamedContent } from './file-content.js';
import { blobSource } from './recovery.js';
import { type Input, type Request, runRequest, writeInputs } from './request.js';
import type { Resident } from './resident.js';
import type { SandboxAccess } from './sandbox-access.js';
import { afterEntry, sandboxNotFound, savepointsAreOff, storedLimits } from './sandbox-records.js';
import { fellBack, undo } from './savepoints.js';

/** What one execution is to do, as taken from the caller when the call was made. */
export interface RunPlan {
  request: Request;
  /** Being read: the execution has its place in the order meanwhile. */
  inputs: Promise<NamedContent[]>;
  executionId: string | undefined;
  signal: AbortSignal | undefined;
  callbacks: RunCallbacks;
}

interface Ran {
  inputs: Input[];
  outcome: RunOutcome;
}

/** The code reacted to its interrupt: the interpreter is as the code left it. */
const isToKeep = ({ parameters }: Request, { status, memoryLost }: RunOutcome): boolean =>
  parameters.onFailure === 'keep' &&
  (status === 'timeout' || status === 'cancelled') &&
  memoryLost === undefined;

export class RecordedRun {
  readonly #access: SandboxAccess;
  readonly #content: ContentSource;
  /** Of the process that ran last. */
  #seed: string | undefined;

  constructor(access: SandboxAccess, content: ContentSource) {
    this.#access = access;
    this.#content = content;
  }

  /** Resolves when it is in the journal. */
  async perform(entry: ExecutionEntry, plan: RunPlan, resident: Resident): Promise<Execution> {
    const { core } = this.#access;
    const areOff = savepointsAreOff(this.#access.record);
    let savepoint = resident.savepoints.take(areOff, plan.request.kind === 'execute');
    const [ran] = await Promise.allSettled([this.#runOn(entry, plan, resident)]);
    const position = await entry.settled().catch(async (error: unknown) => {
      // The journal does not know of it: it is as if it had never run.
      await this.#rollBack(resident);
      throw error;
    });
    if (ran.status === 'rejected') {
      if (resident.deleted) throw sandboxNotFound(resident.id);
      await entry.abandon();
      throw ran.reason;
    }
    const { inputs, outcome } = ran.value;
    const isolation = (await core.runtimes.get(this.#access.record.language)).isolation();
    if (resident.deleted) throw sandboxNotFound(resident.id);
    // Cancelled before it wrote or ran anything, it has changed nothing.
    const hasRun = outcome.usage.wallMs > 0 || inputs.length > 0;
    const keepsInterrupted = isToKeep(plan.request, outcome) && resident.process?.checkpoint;
    const rolledBack = !isKept(outcome.status) && !keepsInterrupted;
    if (!rolledBack) resident.position = position ?? resident.position;
    else if (hasRun) savepoint = await this.#putBack(resident, savepoint, plan.request.kind);
    const survival = resident.takeSurvival();
    const plain = plainExecution(entry.id, outcome, isolation, savepoint, survival, rolledBack);
    const endTime = Date.now();
    const used = afterEntry(endTime, this.#access.record, this.#seed);
    const sandbox = { ...used, ...(survival && { survival }) };
    const ended = { execution: plain, files: outcome.files, inputs, endTime, sandbox };
    const recorded = await entry.end(ended).catch(async (error: unknown) => {
      if (position === undefined && !rolledBack) {
        resident.tell(survival);
        await this.#putBack(resident, savepoint, plan.request.kind);
      }
      throw error;
    });
    const { files } = recorded;
    this.#access.record = { ...this.#access.record, ...sandbox };
    if (rolledBack) return completeExecution(plain, files, this.#content);
    resident.position = recorded.position;
    resident.memoryBytes = Math.max(
      outcome.usage.peakMemoryBytes,
      resident.checkpoints.sizeBytes,
      LEAST_MEMORY_BYTES,
    );
    resident.process?.remember?.(files.filter(({ omitted, sha256 }) => !omitted && sha256 !== ''));
    resident.checkpoints.changed(outcome.usage.wallMs);
    // Only a checkpoint can bring back what was interrupted.
    if ((core.checkpointsFirst || keepsInterrupted) && resident.checkpoints.isBehind) {
      await resident.checkpoints.take().catch(() => {}); // said by a warning; the journal has it
    }
    return completeExecution(plain, files, this.#content);
  }

  async #runOn(
    { id, startTimeMs }: ExecutionEntry,
    plan: RunPlan,
    { journal }: Resident,
  ): Promise<Ran> {
    const inputs = await journal.keepInputs(id, await plan.inputs);
    return { inputs, outcome: await this.#run(plan, inputs, startTimeMs) };
  }

  /** A second time where the memory was gone before it began: nothing else saw the first one. */
  async #run(plan: RunPlan, inputs: readonly Input[], startTimeMs: number): Promise<RunOutcome> {
    const { request, signal, callbacks } = plan;
    const { residents } = this.#access.core;
    const { limits } = storedLimits(this.#access.record);
    const timeoutMs = request.parameters.timeoutMs ?? limits.timeoutMs;
    for (let isLast = false; ; isLast = true) {
      if (signal?.aborted) return cancelledOutcome();
      const process = await this.#access.process();
      this.#seed = process.seed;
      if (inputs.length > 0) await process.mark?.();
      if (request.kind === 'execute') await this.#write(inputs);
      if (signal?.aborted) return cancelledOutcome();
      const settings = { ...callbacks, timeoutMs, signal, startTimeMs };
      const outcome = await runRequest(process, request, inputs, settings).catch(
        async (error: unknown) => {
          // Nothing ran, and its inputs are no part of the workspace.
          if (inputs.length > 0) await residents.endProcess(this.#access.id);
          throw error;
        },
      );
      if (!isKept(outcome.status) || outcome.memoryLost === undefined) return outcome;
      if (isLast) return { ...outcome, status: 'crashed' };
      await residents.endProcess(this.#access.id);
    }
  }

  /** All of them, or the workspace is put back. */
  async #write(inputs: readonly Input[]): Promise<void> {
    const { core, id } = this.#access;
    try {
      await writeInputs(await this.#access.process(), inputs);
    } catch (error) {
      if (inputs.length > 1) await core.residents.endProcess(id);
      throw error;
    }
  }

  /** By its savepoint, and else by the journal. Resolves to what served. */
  async #putBack(
    resident: Resident,
    savepoint: SavepointReport,
    kind: Request['kind'],
  ): Promise<SavepointReport> {
    const hasRunCode = kind === 'execute';
    if (savepoint.kind === 'fork' || (!hasRunCode && savepoint.kind !== 'off')) {
      await resident.checkpoints.settled();
      const source = blobSource(this.#access.core, resident.id);
      const why = await undo(resident.process, source, hasRunCode);
      if (why === undefined) return savepoint;
      savepoint = fellBack(savepoint, why);
    }
    await this.#rollBack(resident);
    return savepoint;
  }

  /** Its process ends; the next call recovers the sandbox. */
  async #rollBack(resident: Resident): Promise<void> {
    await resident.checkpoints.settled();
    await this.#access.core.residents.endProcess(resident.id);
  }
}
