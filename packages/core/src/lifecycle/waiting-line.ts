/** How many executions wait in an engine, and whose turn it is to be refused when they are too many. */
import { BelljarError } from '../errors.js';

/** How much the last execution counts in the average of their times. */
const NEWEST_PART = 0.1;

export class WaitingLine {
  readonly #places: number;
  readonly #most: number;
  readonly #waitingOf = new Map<string, number>();
  #waiting = 0;
  #averageMs = 0;

  /** `places`: executions that run at the same time; `most`: that wait. */
  constructor(places: number, most: number) {
    this.#places = places;
    this.#most = most;
  }

  /**
   * Lets an execution of a sandbox wait, and returns what is called when it begins or is withdrawn.
   * When the line is full, sandboxes that have more than their part of it are refused (`ENGINE_BUSY`);
   * others are let in, up to twice as many.
   */
  enter(sandboxId: string): () => void {
    const own = this.#waitingOf.get(sandboxId) ?? 0;
    const part = Math.floor(this.#most / Math.max(1, this.#waitingOf.size));
    const isFull = this.#waiting >= this.#most && own >= part;
    if (isFull || this.#waiting >= 2 * this.#most) throw this.#busy();
    this.#waiting += 1;
    this.#waitingOf.set(sandboxId, own + 1);
    let isIn = true;
    return () => {
      if (!isIn) return;
      isIn = false;
      this.#waiting -= 1;
      const left = (this.#waitingOf.get(sandboxId) ?? 1) - 1;
      if (left > 0) this.#waitingOf.set(sandboxId, left);
      else this.#waitingOf.delete(sandboxId);
    };
  }

  /** An execution has ended. */
  ran(milliseconds: number): void {
    this.#averageMs += NEWEST_PART * (milliseconds - this.#averageMs);
  }

  #busy(): BelljarError {
    const retryAfterMs = Math.max(10, Math.ceil((this.#waiting * this.#averageMs) / this.#places));
    return new BelljarError(
      'ENGINE_BUSY',
      `${this.#waiting} executions wait in this engine already; nothing ran.`,
      {
        suggestion: `Try again in about ${retryAfterMs} ms, or raise maxQueuedExecutions.`,
        details: { waiting: this.#waiting, retryAfterMs },
      },
    );
  }
}
