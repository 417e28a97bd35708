/**
 * Timers of the code. The host wakes the guest once for each; which one fires, and after which, is
 * told from the clock as the code read it, so that a playback has the same order.
 */
import type { Clock } from './clock.js';
import type { Work } from './work.js';

type Callback = (...given: unknown[]) => void;

const LONGEST_MS = 2_147_483_647;

export class Timers {
  readonly #clock: Clock;
  readonly #work: Work;
  readonly #live = new Map<number, Timer>();
  /** By the time they are due, with those that were stopped; from `#first` on. */
  #queue: Timer[] = [];
  #first = 0;
  #last = 0;

  constructor(clock: Clock, work: Work) {
    this.#clock = clock;
    this.#work = work;
  }

  start(callback: unknown, delayMs: number, repeats: boolean, given: unknown[]): Timer {
    if (typeof callback !== 'function') {
      throw new TypeError('The first argument of a timer is a function.');
    }
    this.#last += 1;
    const run = (): void => callback(...given);
    const timer = new Timer(this.#last, run, repeats ? delayMs : undefined, this.#work, () =>
      this.#live.delete(timer.id),
    );
    timer.dueMs = this.#clock.now() + delayMs;
    this.#add(timer);
    timer.ref();
    return timer;
  }

  stop(which: unknown): void {
    const id = which instanceof Timer ? which.id : Number(which);
    this.#live.get(id)?.stop();
  }

  /** How many there were. */
  stopAll(): number {
    const { size } = this.#live;
    if (size > 0) for (const timer of [...this.#live.values()]) timer.stop();
    return size;
  }

  /** Behind those that are due at the same time or before. Mostly that is the end. */
  #add(timer: Timer): void {
    let low = this.#first;
    let high = this.#queue.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#queue[middle] as Timer).dueMs <= timer.dueMs) low = middle + 1;
      else high = middle;
    }
    this.#queue.splice(low, 0, timer);
    this.#live.set(timer.id, timer);
  }

  #next(): Timer | undefined {
    for (; this.#first < this.#queue.length; this.#first += 1) {
      const timer = this.#queue[this.#first] as Timer;
      if (this.#live.get(timer.id) === timer) return timer;
    }
    this.#queue = [];
    this.#first = 0;
    return undefined;
  }

  /** Undefined when there is none. */
  nextInMs(): number | undefined {
    const next = this.#next();
    return next && Math.max(0, next.dueMs - this.#clock.now());
  }

  /** Runs the one that is due first. */
  fire(): void {
    const timer = this.#next();
    if (!timer) return;
    this.#first += 1;
    if (timer.everyMs !== undefined) {
      timer.dueMs = this.#clock.now() + timer.everyMs;
      this.#add(timer);
    }
    try {
      timer.run();
    } finally {
      if (timer.everyMs === undefined) timer.stop();
    }
  }
}

/** What `setTimeout` returns. As a number, it is the timer's id. */
class Timer {
  readonly id: number;
  readonly run: () => void;
  readonly everyMs: number | undefined;
  dueMs = 0;
  readonly #work: Work;
  readonly #forget: () => void;
  #end: (() => void) | undefined;

  constructor(
    id: number,
    run: () => void,
    everyMs: number | undefined,
    work: Work,
    forget: () => void,
  ) {
    this.id = id;
    this.run = run;
    this.everyMs = everyMs;
    this.#work = work;
    this.#forget = forget;
  }

  stop(): void {
    this.#forget();
    this.unref();
  }

  ref(): this {
    this.#end ??= this.#work.begin();
    return this;
  }

  /** The execution does not wait for it any more. */
  unref(): this {
    this.#end?.();
    this.#end = undefined;
    return this;
  }

  hasRef(): boolean {
    return this.#end !== undefined;
  }

  [Symbol.toPrimitive](): number {
    return this.id;
  }

  [Symbol.dispose](): void {
    this.stop();
  }
}

/** As Node takes it: what is no number from 1 up is 1. */
function delayOf(given: unknown): number {
  const delayMs = Number(given);
  return delayMs >= 1 && delayMs <= LONGEST_MS ? Math.trunc(delayMs) : 1;
}

export function timerFunctions(timers: Timers): Record<string, unknown> {
  return {
    setTimeout: (callback: Callback, delayMs?: unknown, ...given: unknown[]) =>
      timers.start(callback, delayOf(delayMs), false, given),
    setInterval: (callback: Callback, delayMs?: unknown, ...given: unknown[]) =>
      timers.start(callback, delayOf(delayMs), true, given),
    setImmediate: (callback: Callback, ...given: unknown[]) =>
      timers.start(callback, 0, false, given),
    clearTimeout: (which: unknown) => timers.stop(which),
    clearInterval: (which: unknown) => timers.stop(which),
    clearImmediate: (which: unknown) => timers.stop(which),
  };
}
