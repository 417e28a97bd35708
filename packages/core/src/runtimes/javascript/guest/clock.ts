/** Time as the code sees it: `Date`, `performance`, and what `Intl` formats when given no date. */
import { type AllSeries, createAllSeries, encodeTrace, type Trace } from './trace.js';

const NativeDate = Date;
const nativeNow = Date.now;
const { construct } = Reflect;
const { max } = Math;

export class Clock {
  readonly #elapsedMs: () => number;
  #series: AllSeries = createAllSeries(undefined);
  #startMs = 0;
  #nativeStartMs = 0;
  #latestMs = 0;
  #originMs: number | undefined;

  /** `elapsedMs`: since the execution began, finer than what the engine tells. */
  constructor(elapsedMs: () => number) {
    this.#elapsedMs = elapsedMs;
  }

  /**
   * A new execution, which began at `startMs` and plays `trace` back when it is given. Time is counted
   * from the first that is no rehearsal.
   */
  begin(startMs: number, trace: string | undefined, isRehearsal: boolean): void {
    this.#series = createAllSeries(trace);
    this.#startMs = startMs;
    this.#nativeStartMs = nativeNow();
    this.#latestMs = 0;
    if (!isRehearsal) this.#originMs ??= startMs;
  }

  trace(): Trace {
    return encodeTrace(this.#series);
  }

  /** Milliseconds since 1970. Never goes back within an execution. */
  now(): number {
    const passed = this.#series.date.read(() => {
      this.#latestMs = max(this.#latestMs, nativeNow() - this.#nativeStartMs);
      return this.#latestMs;
    });
    return this.#startMs + passed;
  }

  /** Milliseconds since the sandbox's first execution began, in tenths. */
  performanceNow(): number {
    const passed = this.#series.elapsed.read(this.#elapsedMs);
    return this.#startMs - this.timeOrigin + passed;
  }

  get timeOrigin(): number {
    return this.#originMs ?? this.#startMs;
  }

  /** When a file was changed, in milliseconds since 1970. */
  fileTime(changedMs: number): number {
    return this.#startMs + this.#series.fileTimes.read(() => changedMs - this.#startMs);
  }
}

/** `Date` over another clock. Its prototype is the language's own. */
export function createDate(clock: Clock): DateConstructor {
  function DateOfClock(...given: unknown[]): unknown {
    if (!new.target) return new NativeDate(clock.now()).toString();
    return construct(NativeDate, given.length === 0 ? [clock.now()] : given, new.target);
  }
  const { prototype, parse, UTC } = NativeDate;
  Object.defineProperties(DateOfClock, {
    name: { value: 'Date' },
    length: { value: 7 },
    prototype: { value: prototype, writable: false },
  });
  const members = { now: { now: () => clock.now() }.now, parse, UTC };
  for (const [name, value] of Object.entries(members)) define(DateOfClock, name, value);
  define(prototype, 'constructor', DateOfClock);
  return DateOfClock as unknown as DateConstructor;
}

/** A format that is given no date takes the time of the clock. */
export function formatWithClock(clock: Clock): void {
  const { prototype } = Intl.DateTimeFormat;
  const native = Object.getOwnPropertyDescriptor(prototype, 'format')?.get as () => Format;
  const made = new WeakMap<Format, Format>();
  const getFormat = function format(this: Intl.DateTimeFormat): Format {
    const plain = native.call(this);
    const known = made.get(plain);
    if (known) return known;
    const bound: Format = (date) => plain(date === undefined ? clock.now() : date);
    Object.defineProperty(bound, 'name', { value: '' });
    made.set(plain, bound);
    return bound;
  };
  Object.defineProperty(getFormat, 'name', { value: 'get format' });
  Object.defineProperty(prototype, 'format', { get: getFormat, configurable: true });
  const nativeParts = prototype.formatToParts;
  const { formatToParts } = {
    formatToParts(this: Intl.DateTimeFormat, date?: number | Date) {
      return nativeParts.call(this, date === undefined ? clock.now() : date);
    },
  };
  define(prototype, 'formatToParts', formatToParts);
}

type Format = (date?: number | Date) => string;

function define(target: object, name: string, value: unknown): void {
  Object.defineProperty(target, name, { value, writable: true, configurable: true });
}

export function createPerformance(clock: Clock): object {
  const performance = {
    now: () => clock.performanceNow(),
    toJSON: () => ({ timeOrigin: clock.timeOrigin }),
  };
  Object.defineProperty(performance, 'timeOrigin', {
    get: () => clock.timeOrigin,
    enumerable: true,
  });
  Object.defineProperty(performance, Symbol.toStringTag, {
    value: 'Performance',
    configurable: true,
  });
  return performance;
}
