/** The leases that one engine holds: it runs the sandboxes they are of, and no other engine does. */
import {
  createLeaseOwner,
  isOwnerGone,
  type Lease,
  type LeaseOwner,
  type LeaseResult,
  type Store,
} from '@belljar/store';
import { BelljarError } from '../errors.js';
import { LEASE_MS } from '../limits.js';

interface Held {
  epoch: number;
  expireTime: number;
}

function sandboxHeld({ sandboxId, owner, expireTime }: Lease): BelljarError {
  const { pid, host } = owner;
  const timeLeftMs = Math.max(0, expireTime - Date.now());
  return new BelljarError(
    'SANDBOX_HELD',
    `Another engine runs the sandbox '${sandboxId}': process ${pid} on ${host}.`,
    {
      suggestion:
        'Use getSandbox(id, { takeOver: true }), or stop the sandbox there; or wait until its process ends.',
      details: { id: sandboxId, pid, host, timeLeftMs },
    },
  );
}

export class LeaseKeeper {
  readonly owner: LeaseOwner = createLeaseOwner();
  readonly #store: Store;
  readonly #onLost: (sandboxId: string) => void;
  readonly #held = new Map<string, Held>();
  readonly #timer: NodeJS.Timeout;

  constructor(store: Store, onLost: (sandboxId: string) => void) {
    this.#store = store;
    this.#onLost = onLost;
    this.#timer = setInterval(() => void this.#renew().catch(() => {}), LEASE_MS / 3).unref();
  }

  get isEmpty(): boolean {
    return this.#held.size === 0;
  }

  /** Undefined when it is not held, or has run out: then another engine may have it. */
  epochOf(id: string): number | undefined {
    const held = this.#held.get(id);
    return held && held.expireTime > Date.now() ? held.epoch : undefined;
  }

  /** Also one that has run out: the store knows whether another engine has had the sandbox since. */
  lastEpochOf(id: string): number | undefined {
    return this.#held.get(id)?.epoch;
  }

  async acquire(id: string): Promise<LeaseResult> {
    const now = Date.now();
    const expireTime = now + LEASE_MS;
    const { owner } = this;
    const asked = { owner, now, expireTime, isGone: isOwnerGone };
    const result = await this.#store.acquireLease(id, asked);
    if (!result.acquired) {
      this.#held.delete(id);
      throw sandboxHeld(result.lease);
    }
    this.#held.set(id, { epoch: result.lease.epoch, expireTime });
    return result;
  }

  /** Throws `SANDBOX_HELD` when another live engine holds it. Takes nothing. */
  async assertFree(id: string): Promise<void> {
    if (this.epochOf(id) !== undefined) return;
    const lease = await this.#store.getLease(id);
    if (!lease || lease.released || lease.owner.id === this.owner.id) return;
    if (lease.expireTime > Date.now() && !isOwnerGone(lease.owner)) throw sandboxHeld(lease);
  }

  async release(id: string): Promise<void> {
    const held = this.#held.get(id);
    if (!held) return;
    this.#held.delete(id);
    await this.#store.releaseLease(id, held.epoch);
  }

  /** Another engine's, or of a sandbox that is gone. */
  forget(id: string): void {
    this.#held.delete(id);
  }

  /** What does not come back from it is lost; what was acquired meanwhile is not looked at. */
  async #renew(): Promise<void> {
    if (this.#held.size === 0) return;
    const before = [...this.#held];
    const expireTime = Date.now() + LEASE_MS;
    const renewed = new Set(await this.#store.renewLeases(this.owner.id, expireTime));
    for (const [id, held] of before) {
      if (this.#held.get(id) !== held) continue;
      if (renewed.has(id)) held.expireTime = expireTime;
      else {
        this.#held.delete(id);
        this.#onLost(id);
      }
    }
  }

  /** A lease that cannot be given back ends with this process. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    for (const id of [...this.#held.keys()]) await this.release(id).catch(() => {});
  }
}
