/** The sandboxes that an engine has something of: their processes, and the way in and out of memory. */
import type { SandboxRecord } from '@belljar/store';
import { BelljarError } from '../errors.js';
import type { SandboxProcess } from '../runtimes/runtime.js';
import type { EngineCore } from './engine-core.js';
import { recover } from './recovery.js';
import { Resident } from './resident.js';
import { sandboxNotFound } from './sandbox-records.js';

export class Residents {
  readonly #core: EngineCore;
  readonly #byId = new Map<string, Resident>();

  constructor(core: EngineCore) {
    this.#core = core;
  }

  [Symbol.iterator](): Iterator<Resident> {
    return this.#byId.values();
  }

  /** Undefined for one that this engine has nothing of. */
  find(id: string): Resident | undefined {
    return this.#byId.get(id);
  }

  get(id: string): Resident {
    let resident = this.#byId.get(id);
    if (!resident) {
      resident = new Resident(this.#core.checkpointSettings, id);
      this.#byId.set(id, resident);
    }
    return resident;
  }

  /** Ties a process to a sandbox. When it goes by itself, the next call recovers the sandbox. */
  settle(resident: Resident, live: SandboxProcess): void {
    resident.process = live;
    void live.gone.then(() => {
      if (resident.process === live) resident.processEnded();
    });
  }

  /**
   * Takes the lease of a sandbox, where this engine has not got it yet, and resolves to its epoch.
   * What another engine had meanwhile makes this one's process old.
   */
  async hold(id: string): Promise<number> {
    const { leases } = this.#core;
    const known = leases.epochOf(id);
    if (known !== undefined) return known;
    try {
      const { lease, previous } = await leases.acquire(id);
      if (previous && previous.owner.id !== leases.owner.id) await this.endProcess(id);
      return lease.epoch;
    } catch (error) {
      if (BelljarError.isInstance(error) && error.code === 'SANDBOX_HELD') {
        await this.endProcess(id);
      }
      throw error;
    }
  }

  /** In the sandbox's turn: its live process, recovered where there is none. */
  async process(record: SandboxRecord): Promise<SandboxProcess> {
    await this.hold(record.id);
    const resident = this.get(record.id);
    const live = resident.process;
    if (live && live.memoryLost === undefined) return live;
    if (live) await this.endProcess(record.id);
    // Another engine may have had it since the caller looked.
    const newest = (await this.#core.store.getSandbox(record.id)) ?? record;
    const { process, position, base, changed, survival } = await recover(this.#core, newest);
    if (resident.deleted) {
      await process.end();
      throw sandboxNotFound(record.id);
    }
    resident.position = position;
    resident.tell(survival);
    this.settle(resident, process);
    resident.checkpoints.begin(base, changed);
    return process;
  }

  /** In the sandbox's turn, for good reasons: what it is as stays in checkpoint and journal. */
  async endProcess(id: string): Promise<void> {
    const resident = this.#byId.get(id);
    const live = resident?.process;
    if (!resident || !live) return;
    resident.processEnded();
    await live.end();
  }

  /** Another engine has it: what this one has of it is old. */
  letGo(id: string): void {
    this.#core.leases.forget(id);
    void this.endProcess(id).catch(() => {});
  }

  async delete(id: string): Promise<void> {
    const resident = this.get(id);
    resident.deleted = true;
    try {
      await this.endProcess(id);
      await this.#core.store.deleteSandbox(id);
    } finally {
      this.#core.leases.forget(id);
      this.#byId.delete(id);
    }
  }
}
