/** What an execution still waits for: timers that will fire, values that show themselves. */
export class Work {
  #pending = 0;
  #generation = 0;

  get pending(): boolean {
    return this.#pending > 0;
  }

  /** Forgets what an earlier execution left: the next does not wait for it. */
  renew(): void {
    this.#generation += 1;
    this.#pending = 0;
  }

  /** Returns what ends it. */
  begin(): () => void {
    const generation = this.#generation;
    let over = false;
    this.#pending += 1;
    return () => {
      if (over || generation !== this.#generation) return;
      over = true;
      this.#pending -= 1;
    };
  }

  async track<T>(promise: Promise<T>): Promise<T> {
    const end = this.begin();
    try {
      return await promise;
    } finally {
      end();
    }
  }
}
