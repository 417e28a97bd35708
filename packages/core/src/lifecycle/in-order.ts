/** Runs tasks one after the other, in the order in which they were given. */
export class InOrder {
  #last: Promise<unknown> = Promise.resolve();
  #unfinished = 0;

  /** True while a task runs or waits. */
  get busy(): boolean {
    return this.#unfinished > 0;
  }

  run<T>(task: () => Promise<T>): Promise<T> {
    this.#unfinished += 1;
    const result = this.#last.then(task, task);
    const end = (): void => {
      this.#unfinished -= 1;
    };
    this.#last = result.then(end, end);
    return result;
  }
}

/** Lets a number of tasks run at the same time; more wait in line. */
export class Turnstile {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(places: number) {
    this.#free = places;
  }

  get isFree(): boolean {
    return this.#free > 0;
  }

  async run<T>(task: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free -= 1;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await task();
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#free += 1;
    }
  }
}
