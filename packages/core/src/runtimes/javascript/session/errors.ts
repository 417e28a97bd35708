/** An exception as text: the code's own lines, no frame of the runtime, no path of the machine. */
import { inspect } from 'node:util';
import { CodeError, FILE_PATTERN, type Sources } from './source.js';

export interface ErrorReport {
  name: string;
  message: string;
  traceback: string;
}

const NAME_CHARACTERS = 200;
const MESSAGE_CHARACTERS = 10_000;
const TRACEBACK_CHARACTERS = 100_000;
const LINE_CHARACTERS = 500;
const MOST_FRAMES = 50;
const MOST_CHAINED = 5;
const PLACE = new RegExp(`${FILE_PATTERN}:(\\d+):(\\d+)`);

const cut = (text: string, most: number): string =>
  (text.length <= most ? text : `${text.slice(0, most)}…`).toWellFormed();

/** The code's own getters run here, and may raise. */
function read(value: unknown, key: string): unknown {
  try {
    return (value as Record<string, unknown>)[key];
  } catch {
    return undefined;
  }
}

function isErrorLike(value: unknown): value is object {
  return (
    value instanceof Error || (typeof value === 'object' && value !== null && 'stack' in value)
  );
}

/** Keeps the code's frames, with the columns of its source. */
function formatStack(sources: Sources, error: unknown, sites: readonly unknown[]): string {
  let head: string;
  try {
    head = Error.prototype.toString.call(error);
  } catch {
    head = 'Error';
  }
  const frames = sites.map(String).filter((site) => sources.has(site));
  return [head, ...frames.map((frame) => `    at ${sources.mapColumns(frame)}`)].join('\n');
}

/** Makes `error.stack` show the code and nothing else, wherever it is read. */
export function ownStacks(sources: Sources): void {
  Error.stackTraceLimit = MOST_FRAMES;
  Error.prepareStackTrace = (error, sites) => formatStack(sources, error, sites);
}

export class Errors {
  readonly #sources: Sources;

  constructor(sources: Sources) {
    this.#sources = sources;
  }

  report(error: unknown, number: number): ErrorReport {
    const { name, message } = this.#words(error);
    const lines = this.#lines(error, number, MOST_CHAINED, new Set());
    return {
      name: cut(name, NAME_CHARACTERS),
      message: cut(message, MESSAGE_CHARACTERS),
      traceback: cut(lines.join('\n'), TRACEBACK_CHARACTERS),
    };
  }

  #words(error: unknown): { name: string; message: string } {
    if (!isErrorLike(error)) {
      let message = 'a value that has no text';
      try {
        message = typeof error === 'string' ? error : inspect(error, { depth: 2 });
      } catch {
        // Its own inspection failed.
      }
      return { name: 'Thrown', message };
    }
    const [name, message] = [read(error, 'name'), read(error, 'message')];
    return {
      name: typeof name === 'string' && name !== '' ? name : 'Error',
      message: typeof message === 'string' ? message : '',
    };
  }

  #lines(error: unknown, number: number, left: number, seen: Set<unknown>): string[] {
    const { name, message } = this.#words(error);
    const lines = [message === '' ? name : `${name}: ${message}`, ...this.#frames(error, number)];
    seen.add(error);
    if (left === 0 || !isErrorLike(error)) return lines;
    const add = (what: string, chained: unknown): void => {
      if (chained === undefined || seen.has(chained)) return;
      lines.push(what, ...this.#lines(chained, number, left - 1, seen).map((line) => `  ${line}`));
    };
    add('Caused by:', read(error, 'cause'));
    const several = read(error, 'errors');
    if (Array.isArray(several)) for (const one of several.slice(0, left)) add('One of:', one);
    return lines;
  }

  #frames(error: unknown, number: number): string[] {
    if (error instanceof CodeError) {
      if (!error.place) return [];
      const { line, column } = error.place;
      return [
        `    at <execution ${number}>:${line}:${column}`,
        ...this.#code(number, line, column),
      ];
    }
    const stack = read(error, 'stack');
    if (typeof stack !== 'string') return [];
    const frames = stack.split('\n').filter((line) => /^\s+at /.test(line) && PLACE.test(line));
    const shown = frames.slice(0, MOST_FRAMES).flatMap((frame) => {
      const [, execution, line, column] = PLACE.exec(frame) ?? [];
      const code = this.#code(Number(execution), Number(line), Number(column));
      return [cut(frame, LINE_CHARACTERS), ...code];
    });
    const leftOut = frames.length - MOST_FRAMES;
    return leftOut > 0 ? [...shown, `    [${leftOut} frames left out]`] : shown;
  }

  #code(number: number, line: number, column: number): string[] {
    const text = this.#sources.line(number, line);
    if (text === undefined || text.trim() === '') return [];
    if (text.length > LINE_CHARACTERS) return [`        ${cut(text.trim(), LINE_CHARACTERS)}`];
    const indent = text.length - text.trimStart().length;
    const caret = ' '.repeat(Math.max(0, column - 1 - indent));
    return [`        ${text.trim()}`, `        ${caret}^`];
  }
}
