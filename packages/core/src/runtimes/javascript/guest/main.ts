/**
 * The program of an isolate, bundled to one script. `boot` runs before any code of a caller.
 *
 * Hostile from the first line of the code on: the host believes nothing of what it says.
 */

import { Buffer } from 'buffer/index.js';
import EventEmitter from 'events/events.js';
import path from 'path-browserify';
import { atob, btoa } from './base64.js';
import { type Bridge, createBridge, type HostCall } from './bridge.js';
import { Clock, createDate, createPerformance, formatWithClock } from './clock.js';
import { createConsole } from './console.js';
import { createDisplay } from './display.js';
import { DOMException } from './dom-exception.js';
import { TextDecoder, TextEncoder } from './encoding.js';
import { ownStacks } from './errors.js';
import { constant, evaluateText } from './evaluate.js';
import { createFs, fileError } from './fs.js';
import { defineLazily, installGlobals } from './globals.js';
import { createNodeCrypto } from './hash.js';
import { Modules } from './modules.js';
import { compileAtOnce, waitAlone, withoutCollector } from './one-agent.js';
import { createProcess, type Machine } from './process-object.js';
import { createCrypto, installMathRandom, Random } from './random.js';
import { Session } from './session.js';
import { structuredClone } from './structured-clone.js';
import { Timers, timerFunctions } from './timers.js';
import { createUtil } from './util.js';
import { listVariables } from './variables.js';
import { Work } from './work.js';

/** What the host may call. It calls one after the other. */
export interface Guest {
  /** Takes an `Order` as JSON. */
  execute(order: string): void;
  /** Runs the next timer. */
  wake(): void;
  /** An exception that nothing of the code caught, as the host was told of it. */
  uncaught(name: string, message: string, stack: string): void;
  /** In how many milliseconds to call `wake`, or what the execution came to, as JSON. */
  proceed(): number | string;
  variables(): string;
}

/** The name under which rewritten code finds its helpers. */
const HELPERS = '__belljar';

export interface Settings {
  machine: Machine;
  modules: string[];
}

function queueMicrotask(callback: unknown): void {
  if (typeof callback !== 'function') throw new TypeError('queueMicrotask() takes a function.');
  void Promise.resolve().then(() => void callback());
}

/** Loads one of `lazy/`. */
function loadLibrary<T>(bridge: Bridge, name: string): T {
  const body = evaluateText(
    `(function(exports,TextEncoder,TextDecoder,process,global){${bridge.moduleSource(`library:${name}`)}\n})`,
  ) as (...given: unknown[]) => void;
  const exports = {} as T;
  body(exports, TextEncoder, TextDecoder, { env: {} }, globalThis);
  return exports;
}

export function boot(call: HostCall, settings: string): Guest {
  const { machine, modules: given } = JSON.parse(settings) as Settings;
  const bridge = createBridge(call, fileError);
  const clock = new Clock(() => bridge.elapsedMs());
  const random = new Random(bridge);
  const work = new Work();
  const timers = new Timers(clock, work);
  const session = new Session({ bridge, clock, random, timers, work });
  const withTimers = timerFunctions(timers);
  const later = (run: () => void): void => void timers.start(run, 0, false, []);
  const { fs, promises } = createFs({ bridge, clock, random }, later);
  const console = createConsole(session, () => clock.performanceNow());
  const performance = createPerformance(clock);
  const crypto = createCrypto(random);
  const process = createProcess({
    machine,
    clock,
    print: (stream, text) => session.print(stream, text),
    decode: (data) => new TextDecoder().decode(data),
    queueMicrotask,
  });
  const url = (): { URL: unknown; URLSearchParams: unknown } => loadLibrary(bridge, 'url');
  let urls: ReturnType<typeof url> | undefined;
  const lazyUrl = (): ReturnType<typeof url> => (urls ??= url());
  type Assert = typeof import('node:assert');
  let assertion: Assert | undefined;
  const assert = (): Assert =>
    (assertion ??= loadLibrary<{ assert: Assert }>(bridge, 'assert').assert);
  const isEqual = (one: unknown, other: unknown): boolean => {
    const found: Assert = assert();
    try {
      found.deepStrictEqual(one, other);
      return true;
    } catch {
      return false;
    }
  };
  const sleep = (delayMs?: number, value?: unknown): Promise<unknown> =>
    new Promise((resolve) => (withTimers.setTimeout as typeof setTimeout)(resolve, delayMs, value));
  const modules = new Modules({
    builtins: {
      assert,
      'assert/strict': () => assert().strict,
      buffer: () => ({ Buffer, atob, btoa }),
      console: () => console,
      crypto: () => createNodeCrypto(bridge, random, crypto),
      events: () => Object.assign(EventEmitter, { EventEmitter }),
      fs: () => fs,
      'fs/promises': () => promises,
      path: () => path,
      'path/posix': () => path,
      perf_hooks: () => ({ performance }),
      process: () => process,
      timers: () => withTimers,
      'timers/promises': () => ({
        setTimeout: sleep,
        setImmediate: (value: unknown) => sleep(0, value),
      }),
      url: lazyUrl,
      util: () => createUtil(isEqual),
    },
    given,
    source: (name) => bridge.moduleSource(name),
    evaluate: evaluateText,
  });

  ownStacks(session.sources);
  formatWithClock(clock);
  installMathRandom(random);
  waitAlone(() => session.isPlayback);
  compileAtOnce();
  installGlobals(
    {
      ...withoutCollector(),
      ...withTimers,
      Buffer,
      DOMException,
      Date: createDate(clock),
      TextDecoder,
      TextEncoder,
      atob,
      btoa,
      console,
      crypto,
      display: createDisplay(session, work),
      fs,
      performance,
      process,
      queueMicrotask,
      require: modules.load,
      structuredClone,
      [HELPERS]: Object.freeze({
        constant,
        load: modules.take.load,
        take: modules.take,
      }),
    },
    modules.there,
  );
  defineLazily('URL', () => lazyUrl().URL);
  defineLazily('URLSearchParams', () => lazyUrl().URLSearchParams);
  const initialNames: ReadonlySet<string> = new Set(Object.getOwnPropertyNames(globalThis));

  return {
    execute: (order) => session.execute(order),
    wake: () => session.wake(),
    uncaught(name, message, stack) {
      const error = new Error(message);
      for (const [key, value] of [
        ['name', name],
        ['stack', stack],
      ] as const) {
        Object.defineProperty(error, key, { value, configurable: true, writable: true });
      }
      session.fail(error);
    },
    proceed: () => session.proceed(),
    variables: () => JSON.stringify(listVariables(initialNames)),
  };
}
