/** What the code finds in its global object: the language's own, and what is listed here. */
import { NO_NETWORK } from './modules.js';

/** There, so that code which asks for them is told why they do nothing. */
const NETWORK = ['EventSource', 'Request', 'Response', 'WebSocket', 'XMLHttpRequest'];

function noNetwork(name: string): unknown {
  return {
    [name]: class {
      constructor() {
        throw new TypeError(`${name} is not there. ${NO_NETWORK}`);
      }
    },
  }[name];
}

export function define(name: string, value: unknown): void {
  Object.defineProperty(globalThis, name, { value, writable: true, configurable: true });
}

/** Made when the code first asks for it. */
export function defineLazily(name: string, make: () => unknown): void {
  Object.defineProperty(globalThis, name, {
    get: () => {
      const value = make();
      define(name, value);
      return value;
    },
    set: (value: unknown) => define(name, value),
    configurable: true,
  });
}

/** `there`: a sentence on the modules that there are. */
export function installGlobals(ours: Record<string, unknown>, there: string): void {
  const { fetch } = {
    fetch: (): Promise<never> =>
      Promise.reject(new TypeError(`fetch() reaches nothing. ${NO_NETWORK} ${there}`)),
  };
  for (const name of NETWORK) define(name, noNetwork(name));
  define('global', globalThis);
  define('fetch', fetch);
  for (const [name, value] of Object.entries(ours)) define(name, value);
}
