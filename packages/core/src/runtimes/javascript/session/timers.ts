/** Timers of the code. An execution waits for them; those that are left then never fire. */
import type { Work } from './work.js';

type Callback = (...given: unknown[]) => void;
type Kind = 'timeout' | 'interval' | 'immediate';

/** Node's own, before the code can put others in their place. */
const node = {
  setTimeout,
  setInterval,
  setImmediate,
  clearTimeout,
  clearInterval,
  clearImmediate,
};

export class Timers {
  readonly #work: Work;
  readonly #live = new Map<number, Timer>();
  #last = 0;

  constructor(work: Work) {
    this.#work = work;
  }

  start(kind: Kind, callback: unknown, delayMs: unknown, given: unknown[]): Timer {
    if (typeof callback !== 'function') {
      throw new TypeError('The first argument of a timer is a function.');
    }
    this.#last += 1;
    const timer = new Timer(this.#last, this.#work, (): void => {
      this.#live.delete(timer.id);
    });
    this.#live.set(timer.id, timer);
    timer.arm(kind, callback as Callback, Number(delayMs ?? 0), given);
    return timer;
  }

  stop(which: unknown): void {
    const id = which instanceof Timer ? which.id : Number(which);
    this.#live.get(id)?.stop();
  }

  stopAll(): void {
    for (const timer of this.#live.values()) timer.stop();
  }
}

/** What `setTimeout` returns. As a number, it is the timer's id. */
class Timer {
  readonly id: number;
  readonly #work: Work;
  readonly #forget: () => void;
  #stop: (() => void) | undefined;
  #end: (() => void) | undefined;

  constructor(id: number, work: Work, forget: () => void) {
    this.id = id;
    this.#work = work;
    this.#forget = forget;
  }

  arm(kind: Kind, callback: Callback, delayMs: number, given: unknown[]): void {
    this.ref();
    const fire = (): void => {
      try {
        callback(...given);
      } finally {
        if (kind !== 'interval') this.stop();
      }
    };
    if (kind === 'immediate') {
      const handle = node.setImmediate(fire);
      this.#stop = () => node.clearImmediate(handle);
    } else if (kind === 'interval') {
      const handle = node.setInterval(fire, delayMs);
      this.#stop = () => node.clearInterval(handle);
    } else {
      const handle = node.setTimeout(fire, delayMs);
      this.#stop = () => node.clearTimeout(handle);
    }
  }

  stop(): void {
    this.#stop?.();
    this.#stop = undefined;
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

export function timerFunctions(timers: Timers): Record<string, unknown> {
  return {
    setTimeout: (callback: unknown, delayMs?: unknown, ...given: unknown[]) =>
      timers.start('timeout', callback, delayMs, given),
    setInterval: (callback: unknown, delayMs?: unknown, ...given: unknown[]) =>
      timers.start('interval', callback, delayMs, given),
    setImmediate: (callback: unknown, ...given: unknown[]) =>
      timers.start('immediate', callback, 0, given),
    clearTimeout: (which: unknown) => timers.stop(which),
    clearInterval: (which: unknown) => timers.stop(which),
    clearImmediate: (which: unknown) => timers.stop(which),
  };
}
