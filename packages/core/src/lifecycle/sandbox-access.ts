/** What a caller's handle on a sandbox rests on: its record, its turn, its process. */
import type { SandboxPatch, SandboxRecord } from '@belljar/store';
import { BelljarError } from '../errors.js';
import type { SandboxProcess } from '../runtimes/runtime.js';
import type { EngineCore } from './engine-core.js';
import type { Resident } from './resident.js';

export class SandboxAccess {
  readonly core: EngineCore;
  readonly id: string;
  readonly #owner: string | undefined;
  /** As of the last answer of the store. */
  record: SandboxRecord;

  constructor(core: EngineCore, record: SandboxRecord, owner: string | undefined) {
    this.core = core;
    this.id = record.id;
    this.record = record;
    this.#owner = owner;
  }

  async refresh(): Promise<void> {
    this.record = await this.core.find(this.id, this.#owner);
  }

  async update(patch: SandboxPatch): Promise<void> {
    const updateTime = Date.now();
    this.record = await this.core.store.updateSandbox(this.id, { updateTime, ...patch });
  }

  /** It may run here and now. */
  async refreshRunning(): Promise<void> {
    await this.refresh();
    this.core.assertHere(this.record);
    if (this.record.state !== 'stopped') return;
    throw new BelljarError('SANDBOX_STOPPED', `The sandbox '${this.id}' is stopped.`, {
      suggestion: 'Call start() first.',
    });
  }

  /**
   * As `refreshRunning`. What this engine runs under its lease nobody else stops; that it was deleted by
   * another is said when its next entry is committed.
   */
  async ensureRunning(): Promise<void> {
    const { core, id, record } = this;
    const isHere =
      core.residents.find(id)?.process !== undefined && core.leases.epochOf(id) !== undefined;
    const isAlive = record.state === 'running' && record.expireTime > Date.now();
    if (core.isClosed || !isHere || !isAlive) await this.refreshRunning();
  }

  process(): Promise<SandboxProcess> {
    return this.core.residents.process(this.record);
  }

  /** Runs a task when all that was asked for before is done. */
  inTurn<T>(task: (resident: Resident) => Promise<T>): Promise<T> {
    const resident = this.core.residents.get(this.id);
    return resident.order.run(async () => {
      try {
        return await task(resident);
      } catch (error) {
        await this.refresh(); // a close or a delete meanwhile is the better reason
        throw error;
      } finally {
        if (resident.process) this.core.hibernation.used(resident);
      }
    });
  }

  /** In its turn, with its process: woken where it is not in memory. */
  withProcess<T>(task: (process: SandboxProcess, resident: Resident) => Promise<T>): Promise<T> {
    return this.inTurn(async (resident) => {
      await this.refreshRunning();
      return task(await this.process(), resident);
    });
  }
}
