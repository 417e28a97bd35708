/** Sandboxes on their way from one engine to another: who asks waits, who holds lets go when idle. */
import { setTimeout as delay } from 'node:timers/promises';
import { BelljarError } from '../errors.js';
import { LEASE_REQUEST_LOOK_MS, TAKE_OVER_WAIT_MS } from '../limits.js';
import type { EngineCore } from './engine-core.js';

const ASK_AGAIN_MS = 20;

export class LeaseRequests {
  readonly #core: EngineCore;
  readonly #timer: NodeJS.Timeout;
  #isLooking = false;

  constructor(core: EngineCore) {
    this.#core = core;
    this.#timer = setInterval(() => void this.#look(), LEASE_REQUEST_LOOK_MS).unref();
  }

  /** Resolves when this engine holds the sandbox. `SANDBOX_HELD` when its holder is busy for longer. */
  async takeOver(id: string): Promise<void> {
    const { residents, store, leases } = this.#core;
    const deadline = performance.now() + TAKE_OVER_WAIT_MS;
    for (;;) {
      try {
        await residents.hold(id);
        return;
      } catch (error) {
        const isHeld = BelljarError.isInstance(error) && error.code === 'SANDBOX_HELD';
        if (!isHeld || performance.now() > deadline) throw error;
      }
      // Again each time: another engine may have got it meanwhile.
      await store.askForLease(id, leases.owner.id);
      await delay(ASK_AGAIN_MS);
    }
  }

  async #look(): Promise<void> {
    const { store, leases, residents, hibernation } = this.#core;
    if (this.#isLooking || leases.isEmpty) return;
    this.#isLooking = true;
    try {
      for (const id of await store.askedLeases(leases.owner.id)) {
        const resident = residents.get(id);
        if (!resident.isInUse) await resident.order.run(() => hibernation.hibernate(resident));
      }
    } catch {
      // What cannot be looked up now is asked for again.
    } finally {
      this.#isLooking = false;
    }
  }

  close(): void {
    clearInterval(this.#timer);
  }
}
