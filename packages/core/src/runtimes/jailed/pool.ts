/** Born, unused sandboxes that stand ready. One is given away once and never comes back. */
import type { SandboxLimits } from '../../limits.js';
import type { KeeperProcess } from './keeper-process.js';

function sameLimits(a: SandboxLimits, b: SandboxLimits): boolean {
  return (Object.keys(a) as (keyof SandboxLimits)[]).every((name) => a[name] === b[name]);
}

/** After a caller found the pool empty, sandboxes are born as quickly as they can be. */
const HURRY_MS = 1_000;
/** A birth takes a processor from who was just given a process: to be restored takes it some 10 ms. */
const REFILL_AFTER_MS = 15;
const REFILL_EMPTY_AFTER_MS = 1;

export class SandboxPool {
  readonly #size: number;
  readonly #birth: (inHurry: boolean) => Promise<KeeperProcess>;
  #hurryUntil = 0;
  #standing: KeeperProcess[] = [];
  #expected = 0;
  #open = false;

  constructor(size: number, birth: (inHurry: boolean) => Promise<KeeperProcess>) {
    this.#size = size;
    this.#birth = birth;
  }

  /** Starts to fill it, and keeps it full from then on. */
  fill(): void {
    this.#open = true;
    this.#refill();
  }

  close(): void {
    this.#open = false;
    this.#standing = [];
  }

  /** The process limits were set at birth: others than the pool's need a birth of their own. */
  take(limits: SandboxLimits, poolLimits: SandboxLimits): KeeperProcess | undefined {
    if (!sameLimits(limits, poolLimits)) return undefined;
    const taken = this.#standing.shift();
    // After the caller's own next step, which is what it waits for.
    const afterMs = this.#standing.length > 0 ? REFILL_AFTER_MS : REFILL_EMPTY_AFTER_MS;
    if (taken) setTimeout(() => this.#refill(), afterMs).unref();
    else this.#hurryUntil = performance.now() + HURRY_MS;
    return taken;
  }

  #refill(): void {
    while (this.#open && this.#standing.length + this.#expected < this.#size) {
      this.#expected += 1;
      void this.#birth(performance.now() < this.#hurryUntil).then(
        (process) => this.#stand(process),
        () => {
          this.#expected -= 1; // the next create meets the same failure and reports it
        },
      );
    }
  }

  #stand(process: KeeperProcess): void {
    this.#expected -= 1;
    if (!this.#open) {
      void process.end();
      return;
    }
    this.#standing.push(process);
    void process.gone.then(() => {
      this.#standing = this.#standing.filter((one) => one !== process);
    });
  }
}
