/** `console` for the code, formatted as Node's. */
import type { Stream } from './bridge.js';
import { formatWithOptions, inspect } from './inspect.js';
import { tableHtml } from './table.js';
import { tableText } from './table-text.js';
import { type Bundle, cutText } from './values.js';

export interface Screen {
  print(stream: Stream, text: string): void;
  show(bundle: Bundle): void;
}

const INDENT = '  ';

/** As Node says it: in the largest unit that gives at least one. */
function duration(ms: number): string {
  if (ms < 1_000) return `${Number(ms.toFixed(3))}ms`;
  if (ms < 60_000) return `${(ms / 1_000).toFixed(3)}s`;
  const [minutes, seconds] = [Math.floor(ms / 60_000), (ms % 60_000) / 1_000];
  return `${minutes}:${seconds.toFixed(3).padStart(6, '0')} (m:ss.mmm)`;
}

export function createConsole(screen: Screen, now: () => number): object {
  const counts = new Map<string, number>();
  const started = new Map<string, number>();
  let indent = '';

  const write = (stream: Stream, text: string): void => {
    const lines = indent === '' ? text : `${indent}${text.replaceAll('\n', `\n${indent}`)}`;
    screen.print(stream, `${lines}\n`);
  };
  const printer =
    (stream: Stream) =>
    (...given: unknown[]): void =>
      write(stream, formatWithOptions({}, ...given));
  const log = printer('stdout');
  const warn = printer('stderr');
  const elapsed = (label: string, rest: unknown[], ends: boolean): void => {
    const since = started.get(label);
    if (since === undefined) warn(`No such label '${label}'`);
    else log('%s: %s', label, duration(now() - since), ...rest);
    if (ends) started.delete(label);
  };
  const group = (...given: unknown[]): void => {
    if (given.length > 0) log(...given);
    indent += INDENT;
  };

  const showTable = (data: object, columns: readonly string[] | undefined): void =>
    screen.show({
      'text/plain': cutText(tableText(data, columns)).text,
      'text/html': tableHtml(data, columns),
    });

  const console = {
    log,
    warn,
    debug: printer('stdout'),
    info: printer('stdout'),
    error: printer('stderr'),
    dir: (value: unknown, options?: object) =>
      write('stdout', inspect(value, { customInspect: false, ...options })),
    dirxml: printer('stdout'),
    assert(condition?: unknown, ...given: unknown[]): void {
      if (condition) return;
      if (typeof given[0] === 'string') warn(`Assertion failed: ${given[0]}`, ...given.slice(1));
      else warn('Assertion failed', ...given);
    },
    trace(...given: unknown[]): void {
      const error = new Error(formatWithOptions({}, ...given));
      error.name = 'Trace';
      const frames = (error.stack ?? '').split('\n').filter((line) => line.startsWith('    at '));
      write('stderr', [String(error), ...frames].join('\n'));
    },
    count(label: unknown = 'default'): void {
      const count = (counts.get(`${label}`) ?? 0) + 1;
      counts.set(`${label}`, count);
      log(`${label}: ${count}`);
    },
    countReset(label: unknown = 'default'): void {
      if (!counts.delete(`${label}`)) warn(`Count for '${label}' does not exist`);
    },
    group,
    groupCollapsed: group,
    groupEnd(): void {
      indent = indent.slice(INDENT.length);
    },
    time(label: unknown = 'default'): void {
      if (started.has(`${label}`)) warn(`Label '${label}' already exists for console.time()`);
      else started.set(`${label}`, now());
    },
    timeLog: (label: unknown = 'default', ...rest: unknown[]) => elapsed(`${label}`, rest, false),
    timeEnd: (label: unknown = 'default') => elapsed(`${label}`, [], true),
    table(data: unknown, columns?: readonly string[]): void {
      if (typeof data !== 'object' || data === null) log(data);
      else showTable(data, columns);
    },
  };
  Object.defineProperty(console, Symbol.toStringTag, { value: 'console', configurable: true });
  return console;
}
