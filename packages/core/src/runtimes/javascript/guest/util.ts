/** `util` for the code: what is used of it day by day. */
import { TextDecoder, TextEncoder } from './encoding.js';
import { formatWithOptions, inspect } from './inspect.js';

type Callback = (error: unknown, value?: unknown) => void;
type Operation = (...given: unknown[]) => unknown;

const PROMISIFIED = Symbol.for('nodejs.util.promisify.custom');

export function promisify(this: unknown, operation: Operation): unknown {
  if (typeof operation !== 'function') throw new TypeError('promisify() takes a function.');
  const own = (operation as unknown as Record<symbol, unknown>)[PROMISIFIED];
  if (typeof own === 'function') return own;
  return function (this: unknown, ...given: unknown[]): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const done: Callback = (error, value) => (error ? reject(error) : resolve(value));
      operation.call(this, ...given, done);
    });
  };
}

export function callbackify(operation: Operation): Operation {
  return function (this: unknown, ...given: unknown[]): void {
    const callback = given.pop() as Callback;
    const result = Promise.resolve(operation.apply(this, given));
    result.then(
      (value) => callback(null, value),
      (error: unknown) => callback(error),
    );
  };
}

function inherits(child: { prototype: object }, parent: { prototype: object }): void {
  Object.setPrototypeOf(child.prototype, parent.prototype);
}

/** `compare`: of `assert`, which is loaded when it is first asked for. */
export function createUtil(compare: (one: unknown, other: unknown) => boolean): object {
  return {
    TextDecoder,
    TextEncoder,
    callbackify,
    deprecate: (operation: Operation) => operation,
    format: (...given: unknown[]) => formatWithOptions({}, ...given),
    formatWithOptions,
    inherits,
    inspect,
    isArray: Array.isArray,
    isDeepStrictEqual: compare,
    promisify: Object.assign(promisify, { custom: PROMISIFIED }),
  };
}
