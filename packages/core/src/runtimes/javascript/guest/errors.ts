/** An exception as text: the code's own lines, no frame of the runtime, no path of the machine. */
import { cutText as cut, excerpt } from './excerpt.js';
import { inspect } from './inspect.js';
import type { Sources } from './sources.js';

export interface ErrorReport {
  name: string;
  message: string;
  traceback: string;
}

const NAME_CHARACTERS = 200;
const MESSAGE_CHARACTERS = 10_000;
const TRACEBACK_CHARACTERS = 100_000;
const FRAME_CHARACTERS = 500;
const MOST_FRAMES = 50;
const MOST_CHAINED = 5;
const PLACE = /<execution (\d+)>:(\d+):(\d+)/;
const FRAME = /^\s+at .*<(?:execution|module) /;

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
  const frames = sites.map((site) => sources.frame(String(site)));
  return [head, ...frames.filter((frame) => frame !== undefined).map(indented)].join('\n');
}

const indented = (frame: string): string => `    at ${frame}`;

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

  report(error: unknown): ErrorReport {
    const { name, message } = this.#words(error);
    const lines = this.#lines(error, MOST_CHAINED, new Set());
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

  #lines(error: unknown, left: number, seen: Set<unknown>): string[] {
    const { name, message } = this.#words(error);
    const lines = [message === '' ? name : `${name}: ${message}`, ...this.#frames(error)];
    seen.add(error);
    if (left === 0 || !isErrorLike(error)) return lines;
    const add = (what: string, chained: unknown): void => {
      if (chained === undefined || seen.has(chained)) return;
      lines.push(what, ...this.#lines(chained, left - 1, seen).map((line) => `  ${line}`));
    };
    add('Caused by:', read(error, 'cause'));
    const several = read(error, 'errors');
    if (Array.isArray(several)) for (const one of several.slice(0, left)) add('One of:', one);
    return lines;
  }

  #frames(error: unknown): string[] {
    const stack = read(error, 'stack');
    if (typeof stack !== 'string') return [];
    const frames = stack.split('\n').filter((line) => FRAME.test(line));
    const shown = frames.slice(0, MOST_FRAMES).flatMap((frame) => {
      const [, execution, line, column] = PLACE.exec(frame) ?? [];
      const text = this.#sources.line(Number(execution), Number(line));
      return [cut(frame, FRAME_CHARACTERS), ...excerpt(text, Number(column))];
    });
    const leftOut = frames.length - MOST_FRAMES;
    return leftOut > 0 ? [...shown, `    [${leftOut} frames left out]`] : shown;
  }
}
