/** The code of earlier executions, to tell where in it an exception was raised. */
import type { LineShifts, PreparedCode } from './prepared-code.js';

export const FILE_PATTERN = '<(?:execution \\d+|module [^>]+)>';
const EXECUTION = /belljar:execution\/(\d+)\/(functions|main):(\d+):(\d+)/;
const MODULE = /belljar:module\/([^:\s]+):(\d+):(\d+)/;
const KEPT_CHARACTERS = 20_000_000;

interface Kept {
  lines: string[];
  shifts: Record<'functions' | 'main', Map<number, LineShifts[1]>>;
  places: PreparedCode['places'];
}

export interface Place {
  line: number;
  column: number;
}

export const executionUrl = (number: number, part: 'functions' | 'main'): string =>
  `belljar:execution/${number}/${part}`;

export const moduleUrl = (name: string): string => `belljar:module/${encodeURIComponent(name)}`;

function placeInSource(kept: Kept, part: 'functions' | 'main', line: number, at: number): Place {
  let column = at;
  for (const [from, added] of kept.shifts[part].get(line) ?? []) if (from < at) column -= added;
  column = Math.max(1, column);
  const original = kept.places?.[line - 1]?.findLast(([from]) => from <= column - 1);
  return original ? { line: original[1] + 1, column: original[2] + 1 } : { line, column };
}

export class Sources {
  readonly #kept = new Map<number, Kept>();
  #characters = 0;

  keep({ number, text, shifts, places }: PreparedCode): void {
    const kept = {
      lines: text.split('\n'),
      shifts: { functions: new Map(shifts.functions), main: new Map(shifts.main) },
      places,
    };
    this.#kept.set(number, kept);
    this.#characters += text.length;
    for (const [oldest, { lines }] of this.#kept) {
      if (this.#characters <= KEPT_CHARACTERS || oldest === number) break;
      this.#kept.delete(oldest);
      this.#characters -= lines.reduce((sum, line) => sum + line.length + 1, -1);
    }
  }

  line(number: number, line: number): string | undefined {
    return this.#kept.get(number)?.lines[line - 1];
  }

  /** A line of a stack, with places as they are in the source; undefined where it is not the code's. */
  frame(text: string): string | undefined {
    const found = EXECUTION.exec(text);
    if (!found) return this.#moduleFrame(text);
    const [whole, number, part, line, column] = found as unknown as [string, ...string[]];
    const kept = this.#kept.get(Number(number));
    if (kept && Number(line) > Math.max(kept.lines.length, kept.places?.length ?? 0)) {
      return undefined; // in what was put round the code
    }
    const place = kept
      ? placeInSource(kept, part as 'main', Number(line), Number(column))
      : { line, column };
    return text.replace(whole, () => `<execution ${number}>:${place.line}:${place.column}`);
  }

  #moduleFrame(text: string): string | undefined {
    const found = MODULE.exec(text) as unknown as [string, ...string[]] | null;
    if (!found) return undefined;
    const [whole, name, line, column] = found;
    return text.replace(
      whole,
      () => `<module ${decodeURIComponent(name as string)}>:${line}:${column}`,
    );
  }
}
