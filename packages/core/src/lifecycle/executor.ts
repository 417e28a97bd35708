/** Runs requests in a sandbox: once for each id, journalled before they are answered. */
import { randomUUID } from 'node:crypto';
import type { ExecutionRecord, ExecutionStart } from '@belljar/store';
import { BelljarError } from '../errors.js';
import type { Execution } from '../execution.js';
import { ExecutionEntry } from './execution-entry.js';
import {
  type ContentSource,
  cancelledOutcome,
  isEnded,
  plainExecution,
  recordedExecution,
} from './execution-record.js';
import { RecordedRun, type RunPlan } from './recorded-run.js';
import { requestHash } from './request.js';
import type { Resident } from './resident.js';
import type { SandboxAccess } from './sandbox-access.js';
import { savepointsAreOff } from './sandbox-records.js';

const NEVER_BEGAN = { kind: 'off', reason: 'it did not begin' } as const;

export class Executor {
  readonly #access: SandboxAccess;
  readonly #content: ContentSource;
  readonly #recordedRun: RecordedRun;

  constructor(access: SandboxAccess, content: ContentSource) {
    this.#access = access;
    this.#content = content;
    this.#recordedRun = new RecordedRun(access, content);
  }

  /** Takes its place in the order at once. What is wrong with the inputs is said at once too. */
  async perform(plan: RunPlan): Promise<Execution> {
    const { inputs, signal } = plan;
    const { core } = this.#access;
    const leaveLine = core.waitingLine.enter(this.#access.id);
    const answer = Promise.withResolvers<Execution>();
    let hasBegun = false;
    let isWithdrawn = false;
    const withdraw = (): void => {
      if (hasBegun) return;
      isWithdrawn = true;
      leaveLine();
      this.#withdraw(plan).then(answer.resolve, answer.reject);
    };
    signal?.addEventListener('abort', withdraw, { once: true });
    const performed = this.#access.inTurn(async (resident) => {
      await inputs;
      await core.turnstile.run(async () => {
        if (isWithdrawn) return;
        hasBegun = true;
        leaveLine();
        const began = performance.now();
        const execution = await this.#begin(plan, resident);
        core.waitingLine.ran(performance.now() - began);
        answer.resolve(execution);
      });
      if (hasBegun && !savepointsAreOff(this.#access.record)) {
        // Whoever was answered may have no more use for it.
        await new Promise((resolve) => setImmediate(resolve));
        if (!core.isClosed && !resident.deleted) await resident.savepoints.make(resident.process);
      }
    });
    performed.catch(answer.reject);
    try {
      const [execution] = await Promise.all([answer.promise, inputs]);
      return execution;
    } finally {
      leaveLine();
      signal?.removeEventListener('abort', withdraw);
    }
  }

  /** Its turn has not come: nothing runs. */
  async #withdraw(plan: RunPlan): Promise<Execution> {
    const { core, id } = this.#access;
    await this.#access.refreshRunning();
    const start = await this.#start(plan);
    const known = await this.#known(plan, start);
    if (known) return known;
    const epoch = await core.residents.hold(id);
    const outcome = cancelledOutcome();
    const isolation = (await core.runtimes.get(this.#access.record.language)).isolation();
    const execution = plainExecution(start.id, outcome, isolation, NEVER_BEGAN, undefined);
    const finish = { status: outcome.status, endTime: Date.now(), outcome: execution, files: [] };
    const { entry } = await core.store.appendExecution(id, { ...start, ...finish }, epoch);
    return this.#answer(entry, start);
  }

  async #start({ request, inputs, executionId }: RunPlan): Promise<ExecutionStart> {
    const { kind, code, parameters } = request;
    const isNamed = executionId !== undefined;
    return {
      id: executionId ?? randomUUID(),
      kind,
      code,
      request: parameters,
      requestHash: requestHash(kind, [code, parameters], await inputs, isNamed),
      startTime: Date.now(),
    };
  }

  /** What is recorded can be read whoever runs the sandbox now. */
  async #known({ executionId }: RunPlan, start: ExecutionStart): Promise<Execution | undefined> {
    if (executionId === undefined) return undefined;
    const { core, id } = this.#access;
    const entry = await core.store.getExecution(id, executionId);
    return entry && isEnded(entry) ? this.#answer(entry, start) : undefined;
  }

  #answer(entry: ExecutionRecord, start: ExecutionStart): Execution {
    if (entry.requestHash !== start.requestHash) {
      throw new BelljarError(
        'EXECUTION_CONFLICT',
        `The execution '${entry.id}' was another request; nothing ran.`,
        { suggestion: 'Give each request an executionId of its own.' },
      );
    }
    if (isEnded(entry)) return recordedExecution(entry, this.#content);
    throw new BelljarError('ENGINE_BUSY', `The execution '${entry.id}' is running elsewhere.`);
  }

  async #begin(plan: RunPlan, resident: Resident): Promise<Execution> {
    await this.#access.ensureRunning();
    const start = await this.#start(plan);
    const known = await this.#known(plan, start);
    if (known) return known;
    const { core, id } = this.#access;
    const epoch = await core.residents.hold(id);
    await resident.checkpoints.keepUnjournalled();
    const { journal } = resident;
    let claimed: ExecutionRecord | undefined;
    if (plan.executionId !== undefined || journal.isOwing) {
      const { entry, created } = await journal.begin(start, epoch);
      if (!created) return this.#answer(entry, start);
      claimed = entry;
    }
    resident.running = true;
    const entry = new ExecutionEntry(journal, start, epoch, claimed);
    try {
      return await journal.whole(start.id, () => this.#recordedRun.perform(entry, plan, resident));
    } finally {
      resident.running = false;
    }
  }
}
