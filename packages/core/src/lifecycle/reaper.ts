/** Deletes what has outlived its time to live, and ends what another engine deleted. */
import { DELETION_LOOK_MS } from '../limits.js';
import type { EngineCore } from './engine-core.js';

const REAP_EVERY_MS = 30_000;
const REAP_AT_ONCE = 100;

export class Reaper {
  readonly #core: EngineCore;
  readonly #timer: NodeJS.Timeout;
  readonly #deletions: NodeJS.Timeout | undefined;

  constructor(core: EngineCore) {
    this.#core = core;
    this.#timer = setInterval(() => {
      this.reap().catch((error: unknown) => core.warn('REAP_FAILED', String(error)));
    }, REAP_EVERY_MS).unref();
    if (!core.store.capabilities.durable) return; // no other engine knows of its sandboxes
    this.#deletions = setInterval(() => {
      this.#endDeleted().catch(() => {}); // tried again
    }, DELETION_LOOK_MS).unref();
  }

  async reap(): Promise<void> {
    const { store, residents } = this.#core;
    let ended: number;
    do {
      ended = 0;
      if (this.#core.isClosed) return;
      for (const { id } of await store.expiredSandboxes(Date.now(), REAP_AT_ONCE)) {
        if (!(await this.#mayReap(id))) continue;
        await residents.delete(id);
        ended += 1;
      }
    } while (ended > 0);
  }

  /** Ends the processes of sandboxes that another engine deleted, whatever runs in them. */
  async #endDeleted(): Promise<void> {
    const { store, residents } = this.#core;
    for (const { id, process } of residents) {
      if (process && !(await store.getSandbox(id))) await residents.delete(id);
    }
  }

  /** What runs now counts its time to live from its end; what another engine has is its to end. */
  async #mayReap(id: string): Promise<boolean> {
    if (this.#core.residents.find(id)?.isInUse) return false;
    return this.#core.leases.assertFree(id).then(
      () => true,
      () => false,
    );
  }

  close(): void {
    clearInterval(this.#timer);
    clearInterval(this.#deletions);
  }
}
