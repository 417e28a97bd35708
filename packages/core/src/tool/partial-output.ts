/** What running code has printed so far, told now and then and in few bytes. */
import { PARTIAL_CHARACTERS, PARTIAL_GROWTH, PARTIAL_INTERVAL_MS } from './limits.js';

/**
 * Keeps the end of what is printed. The first output is told at once, later ones after growing
 * waits, so that code that prints without end tells little.
 */
export class PartialOutput {
  readonly #tell: (text: string) => void;
  #tail = '';
  #isCut = false;
  #waitMs = PARTIAL_INTERVAL_MS;
  #timer: NodeJS.Timeout | undefined;
  #hasNews = false;
  #isEnded = false;

  constructor(tell: (text: string) => void) {
    this.#tell = tell;
  }

  add(text: string): void {
    if (this.#isEnded || text === '') return;
    const whole = this.#tail + text;
    this.#isCut ||= whole.length > PARTIAL_CHARACTERS;
    this.#tail = whole.slice(-PARTIAL_CHARACTERS);
    this.#hasNews = true;
    if (this.#timer === undefined) this.#say();
  }

  /** Nothing is told from now on. Idempotent. */
  end(): void {
    this.#isEnded = true;
    clearTimeout(this.#timer);
  }

  #say(): void {
    this.#hasNews = false;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      if (this.#hasNews) this.#say();
    }, this.#waitMs);
    this.#waitMs *= PARTIAL_GROWTH;
    this.#tell(`status: running\n${this.#isCut ? '…' : ''}${this.#tail.toWellFormed()}`);
  }
}
