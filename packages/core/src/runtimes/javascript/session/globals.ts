/**
 * What the code finds in its global object: the language's own, a list of the web's, and ours.
 *
 * Everything else of Node goes: `process` leads to its modules, and what `fetch` is made of keeps an
 * open way to the network in a property of the global object.
 */
import { runInNewContext } from 'node:vm';
import { NO_NETWORK } from './modules.js';

const KEPT = [
  'AbortController',
  'AbortSignal',
  'Blob',
  'Buffer',
  'ByteLengthQueuingStrategy',
  'CompressionStream',
  'CountQueuingStrategy',
  'CustomEvent',
  'DOMException',
  'DecompressionStream',
  'Event',
  'EventTarget',
  'File',
  'MessageChannel',
  'MessagePort',
  'ReadableStream',
  'ReadableStreamDefaultReader',
  'TextDecoder',
  'TextDecoderStream',
  'TextEncoder',
  'TextEncoderStream',
  'TransformStream',
  'URL',
  'URLPattern',
  'URLSearchParams',
  'WritableStream',
  'WritableStreamDefaultWriter',
  'atob',
  'btoa',
  'crypto',
  'performance',
  'queueMicrotask',
  'structuredClone',
];
/** There, so that code which asks for them is told why they do nothing. */
const NETWORK = ['EventSource', 'Request', 'Response', 'WebSocket', 'XMLHttpRequest'];

function fetchNothing(): Promise<never> {
  return Promise.reject(new TypeError(`fetch() reaches nothing. ${NO_NETWORK}`));
}

function noNetwork(name: string): unknown {
  return class {
    constructor() {
      throw new TypeError(`${name} is not there. ${NO_NETWORK}`);
    }
  };
}

function define(name: string, value: unknown, enumerable = false): void {
  Object.defineProperty(globalThis, name, {
    value,
    enumerable,
    writable: true,
    configurable: true,
  });
}

/** Returns the names that were there before any code of a caller ran. */
export function installGlobals(ours: Record<string, unknown>): ReadonlySet<string> {
  const language = runInNewContext('Object.getOwnPropertyNames(globalThis)') as string[];
  const kept = new Set<string | symbol>([...language, 'global']);
  const values = KEPT.filter((name) => name in globalThis).map(
    (name) => [name, (globalThis as Record<string, unknown>)[name]] as const,
  );
  for (const key of Reflect.ownKeys(globalThis)) {
    if (!kept.has(key)) Reflect.deleteProperty(globalThis, key);
  }
  for (const [name, value] of values) define(name, value);
  for (const name of NETWORK) define(name, noNetwork(name));
  define('fetch', fetchNothing);
  for (const [name, value] of Object.entries(ours)) define(name, value);
  return new Set(Object.getOwnPropertyNames(globalThis));
}
