/**
 * The record of what an execution read that is not the same each time, and its playback.
 *
 * A series holds numbers that mostly repeat: each change is kept with how often it was read. A
 * series that changes too often gets coarser, so that a loop which does nothing but look at the
 * clock leaves a record of bounded length.
 */
const CHANGES_TO_HALVE_AT = 2_048;
const MOST_CHARACTERS = 100_000;
const BASE = 36;

const { floor, max } = Math;

export interface Trace {
  /** Whether running the code again from `data` reads the same. */
  exact: boolean;
  /** Opaque text. */
  data: string;
}

/** Numbers that an execution reads, in order. */
export interface Series {
  /** `measure` is asked only when nothing is played back. */
  read(measure: () => number): number;
  encode(): string;
}

class Recording implements Series {
  readonly #perUnit: number;
  #coarseness = 1;
  #changes = 0;
  #last = 0;
  #count = 0;
  #text = '';

  /** Numbers are rounded down to the `perUnit`th part of one. */
  constructor(perUnit: number) {
    this.#perUnit = perUnit;
  }

  read(measure: () => number): number {
    const unit = this.#coarseness;
    const exact = floor(measure() * this.#perUnit);
    const coarse = floor(exact / unit) * unit;
    // What has got coarser does not go back for that.
    const measured = coarse < this.#last && exact >= this.#last ? this.#last : coarse;
    if (this.#count === 0 || measured !== this.#last) this.#change(measured);
    this.#count += 1;
    return measured / this.#perUnit;
  }

  #change(value: number): void {
    this.#text = this.encode();
    this.#text += `${(value - this.#last).toString(BASE)}*`;
    this.#last = value;
    this.#count = 0;
    this.#changes += 1;
    if (this.#changes % CHANGES_TO_HALVE_AT === 0) this.#coarseness *= 2;
  }

  encode(): string {
    return this.#count === 0 ? this.#text : `${this.#text}${this.#count.toString(BASE)},`;
  }
}

class Playback implements Series {
  readonly #perUnit: number;
  readonly #text: string;
  readonly #changes: [number, number][];
  #at = 0;
  #value = 0;
  #left = 0;

  constructor(text: string, perUnit: number) {
    this.#text = text;
    this.#perUnit = perUnit;
    const parts = text === '' ? [] : text.slice(0, -1).split(',');
    this.#changes = parts.map((part) => {
      const [added, count] = part.split('*') as [string, string];
      return [Number.parseInt(added, BASE), Number.parseInt(count, BASE)];
    });
  }

  /** Where the record ends, its last number is read on: the code has left its recorded way. */
  read(): number {
    const next = this.#changes[this.#at];
    if (this.#left === 0 && next) {
      this.#value += next[0];
      this.#left = next[1];
      this.#at += 1;
    }
    this.#left = max(0, this.#left - 1);
    return this.#value / this.#perUnit;
  }

  encode(): string {
    return this.#text;
  }
}

/** `recorded` is undefined where nothing is played back. */
export function createSeries(perUnit: number, recorded: string | undefined): Series {
  return recorded === undefined ? new Recording(perUnit) : new Playback(recorded, perUnit);
}

/** Milliseconds for dates and files, tenths of one for `performance`. */
export interface AllSeries {
  date: Series;
  elapsed: Series;
  fileTimes: Series;
}

/** Here as below, no iteration: it is the code's to change. */
export function createAllSeries(data: string | undefined): AllSeries {
  const parts = data?.split(';');
  return {
    date: createSeries(1, parts?.[0]),
    elapsed: createSeries(10, parts?.[1]),
    fileTimes: createSeries(1, parts?.[2]),
  };
}

export function encodeTrace(series: AllSeries): Trace {
  const { date, elapsed, fileTimes } = series;
  const data = `${date.encode()};${elapsed.encode()};${fileTimes.encode()}`;
  const exact = data.length <= MOST_CHARACTERS;
  return { exact, data: exact ? data : '' };
}
