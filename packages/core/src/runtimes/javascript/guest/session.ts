/** One execution after the other: run, describe the value or the exception. All of it is a result. */
import type { Bridge, Stream } from './bridge.js';
import type { Clock } from './clock.js';
import type { Screen } from './console.js';
import { type ErrorReport, Errors } from './errors.js';
import { evaluate } from './evaluate.js';
import type { Order } from './prepared-code.js';
import type { Random } from './random.js';
import { Sources } from './sources.js';
import type { Timers } from './timers.js';
import type { Trace } from './trace.js';
import { type Bundle, describe, fitted } from './values.js';
import type { Work } from './work.js';

/** What an execution came to. */
export interface Said {
  result?: Bundle | undefined;
  error?: ErrorReport | undefined;
  truncated: boolean;
  trace: Trace;
}

/** The code waits for what nothing will bring. */
class NeverSettled extends Error {
  constructor() {
    super('The code awaits a promise that nothing is left to settle.');
    this.name = 'NeverSettled';
  }
}

interface Running {
  isOver: boolean;
  result?: Bundle | undefined;
  error?: ErrorReport | undefined;
  cut: boolean;
}

interface Parts {
  bridge: Bridge;
  clock: Clock;
  random: Random;
  timers: Timers;
  work: Work;
}

const { parse, stringify } = JSON;
const { assign, create } = Object;

/** What a `toJSON` of the code's, on the prototype of all objects, does not reach. */
const ownOnly = <T extends object | undefined>(value: T): T =>
  value && assign(create(null) as T & object, value);

export class Session implements Screen {
  readonly sources = new Sources();
  readonly #errors = new Errors(this.sources);
  readonly #parts: Parts;
  #running: Running | undefined;
  #isPlayback = false;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  get isPlayback(): boolean {
    return this.#isPlayback;
  }

  /** What is printed while nothing runs is dropped. */
  print(stream: Stream, text: string): void {
    if (this.#running) this.#parts.bridge.print(stream, text.toWellFormed());
  }

  show(bundle: Bundle): void {
    if (!this.#running) return;
    const shown = fitted(bundle);
    this.noteCut(shown.cut);
    this.#parts.bridge.display(stringify(shown.bundle));
  }

  noteCut(cut: boolean): void {
    if (this.#running && cut) this.#running.cut = true;
  }

  execute(json: string): void {
    const { code, clockMs, isRehearsal, trace } = parse(json) as Order;
    const { clock, random, timers, work } = this.#parts;
    timers.stopAll();
    this.#running = { isOver: false, cut: false };
    this.#isPlayback = trace !== undefined;
    clock.begin(clockMs, trace, isRehearsal ?? false);
    random.begin();
    work.renew();
    this.sources.keep(code);
    const running = this.#running;
    void this.#run(code, running);
  }

  async #run(code: Order['code'], running: Running): Promise<void> {
    try {
      const last = await evaluate(code);
      // A promise as the last expression is waited for: `main()` is how scripts end.
      const value: unknown = last && (await last[0]);
      const described = value === undefined ? undefined : await describe(value);
      const shown = described && fitted(described.bundle);
      running.cut ||= described?.cut === true || shown?.cut === true;
      running.result = shown?.bundle;
      running.isOver = true;
    } catch (thrown) {
      if (running === this.#running) this.fail(thrown);
    }
  }

  /** An exception that ends the execution: of its flow, or one that nothing of the code caught. */
  fail(thrown: unknown): void {
    const running = this.#running;
    if (!running || running.error) return;
    running.error = this.#errors.report(thrown);
    running.result = undefined;
  }

  /**
   * Called after each turn, when all that it led to has run: in how many milliseconds the next turn
   * is, or what the execution came to.
   */
  proceed(): number | string {
    const { timers, work } = this.#parts;
    const running = this.#running;
    if (!running || running.error || (running.isOver && !work.pending)) return this.#finish();
    const delayMs = timers.nextInMs();
    if (delayMs !== undefined) return delayMs;
    if (!running.isOver) this.fail(new NeverSettled());
    return this.#finish();
  }

  /** Runs the timer that is next. */
  wake(): void {
    try {
      this.#parts.timers.fire();
    } catch (thrown) {
      this.fail(thrown);
    }
  }

  /** Nothing runs from here on. What was said, as JSON. */
  #finish(): string {
    const running = this.#running;
    const cut = this.#parts.timers.stopAll();
    if (cut > 0 && running) {
      const what = cut === 1 ? '1 timer was' : `${cut} timers were`;
      this.print('stderr', `${what} cut: nothing runs after an execution has ended.\n`);
    }
    this.#running = undefined;
    const { result, error, cut: truncated = false } = running ?? {};
    const said: Said = { result, error, truncated, trace: this.#parts.clock.trace() };
    return stringify(ownOnly({ ...said, error: ownOnly(error), trace: ownOnly(said.trace) }));
  }
}
