/** When a sandbox leaves memory: it is asked to, is idle for too long, or others need the room. */
import type { EngineCore } from './engine-core.js';
import type { Resident } from './resident.js';

export interface HibernationSettings {
  idleTimeoutMs: number;
  memoryBudgetBytes: number;
}

export class Hibernation {
  readonly #core: EngineCore;
  readonly #settings: HibernationSettings;
  #isMakingRoom = false;

  constructor(core: EngineCore, settings: HibernationSettings) {
    this.#core = core;
    this.#settings = settings;
  }

  /** After each call: its idle time begins anew. */
  used(resident: Resident): void {
    resident.lastUse = performance.now();
    if (resident.idleTimer) resident.idleTimer.refresh();
    else {
      const { idleTimeoutMs } = this.#settings;
      resident.idleTimer = setTimeout(() => this.#idle(resident), idleTimeoutMs).unref();
    }
    if (this.#isMakingRoom || this.#residentBytes() <= this.#settings.memoryBudgetBytes) return;
    this.#isMakingRoom = true;
    // When the call that is over has left the sandbox's turn: it may be the one to go.
    setImmediate(() => void this.#makeRoom());
  }

  /**
   * In the sandbox's turn: checkpoint, end of its processes, lease given back. Where the checkpoint
   * cannot be taken, the journal has it all the same; with `orStay` it then stays in memory.
   */
  async hibernate(resident: Resident, orStay = false): Promise<void> {
    const { checkpoints, id } = resident;
    clearTimeout(resident.idleTimer);
    resident.idleTimer = undefined;
    if (checkpoints.isBehind) {
      const taken = await checkpoints.take().catch(() => undefined);
      if (orStay && taken === undefined) return this.used(resident);
    }
    await checkpoints.settled();
    await this.#core.residents.endProcess(id);
    await this.#core.leases.release(id);
  }

  /** When the engine closes: of each that does not run. What runs is as before in its journal. */
  async checkpointAll(): Promise<void> {
    const { residents, checkpointSettings } = this.#core;
    const { turnstile } = checkpointSettings;
    const idle = [...residents].filter(({ order, process }) => process && !order.busy);
    await Promise.all(
      idle.map(async ({ checkpoints }) => {
        await turnstile.run(async () => {
          if (checkpoints.isBehind) await checkpoints.take().catch(() => {});
        });
        await checkpoints.settled();
      }),
    );
    for (const { idleTimer } of residents) clearTimeout(idleTimer);
  }

  #idle(resident: Resident): void {
    resident.idleTimer = undefined;
    if (resident.isInUse) this.used(resident);
    else void resident.order.run(() => this.hibernate(resident, true)).catch(() => {});
  }

  #residentBytes(): number {
    let sum = 0;
    for (const { process, memoryBytes } of this.#core.residents) if (process) sum += memoryBytes;
    return sum;
  }

  /** The longest idle first. */
  async #makeRoom(): Promise<void> {
    const tried = new Set<Resident>();
    while (this.#residentBytes() > this.#settings.memoryBudgetBytes) {
      const [longest] = [...this.#core.residents]
        .filter((one) => one.process && !one.isInUse && !tried.has(one))
        .sort((a, b) => a.lastUse - b.lastUse);
      if (!longest) break;
      tried.add(longest);
      await longest.order.run(() => this.hibernate(longest, true)).catch(() => {});
    }
    this.#isMakingRoom = false;
  }
}
