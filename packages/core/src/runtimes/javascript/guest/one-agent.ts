/**
 * What of the language depends on other threads or on the garbage collector: here it does not.
 *
 * There is one thread. What a program can see of the collector differs from run to run, so nothing
 * is seen: a `WeakRef` holds on to its target, a `FinalizationRegistry` never calls back. The
 * language allows both.
 */

type Shared = Int32Array | BigInt64Array;

function define(target: object, name: string | symbol, value: unknown): void {
  Object.defineProperty(target, name, { value, writable: true, configurable: true });
}

function tag(made: { prototype: object }, name: string): void {
  Object.defineProperty(made.prototype, Symbol.toStringTag, { value: name, configurable: true });
}

function canBeHeld(value: unknown): boolean {
  if (typeof value === 'symbol') return Symbol.keyFor(value) === undefined;
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}

class HoldingWeakRef {
  readonly #target: unknown;

  constructor(target: unknown) {
    if (!canBeHeld(target)) throw new TypeError('WeakRef: invalid target');
    this.#target = target;
  }

  deref(): unknown {
    return this.#target;
  }
}

class SilentRegistry {
  readonly #tokens = new WeakMap<object, true>();

  constructor(cleanup: unknown) {
    if (typeof cleanup !== 'function') {
      throw new TypeError('FinalizationRegistry: cleanup must be callable');
    }
  }

  register(target: unknown, held: unknown, token?: unknown): void {
    this.#tokens; // a receiver of another kind is refused
    if (!canBeHeld(target)) throw new TypeError('register: invalid target');
    if (Object.is(target, held))
      throw new TypeError('register: target and held value are the same');
    if (canBeHeld(token)) this.#tokens.set(token as object, true);
    else if (token !== undefined) throw new TypeError('register: invalid unregister token');
  }

  unregister(token: unknown): boolean {
    this.#tokens;
    if (!canBeHeld(token)) throw new TypeError('unregister: invalid unregister token');
    return this.#tokens.delete(token as object);
  }
}

/** The classes under the language's own names. */
export function withoutCollector(): Record<string, unknown> {
  tag(HoldingWeakRef, 'WeakRef');
  tag(SilentRegistry, 'FinalizationRegistry');
  Object.defineProperty(HoldingWeakRef, 'name', { value: 'WeakRef' });
  Object.defineProperty(SilentRegistry, 'name', { value: 'FinalizationRegistry' });
  Object.defineProperty(SilentRegistry.prototype.register, 'length', { value: 2 });
  return { WeakRef: HoldingWeakRef, FinalizationRegistry: SilentRegistry };
}

/** A wait ends by its time alone: nobody else could wake it. Played back, it takes none. */
export function waitAlone(isPlayback: () => boolean): void {
  if (typeof Atomics === 'undefined') return; // V8 has none while it makes a snapshot
  const native = Atomics.wait;
  const { wait } = {
    wait(array: Shared, index: number, value: number & bigint, timeout?: unknown): string {
      let isEndless = false;
      // Read when the other arguments are found to be right, as the language has it.
      const timeoutMs = {
        valueOf(): number {
          const given = timeout === undefined ? Number.NaN : +(timeout as number);
          isEndless = Number.isNaN(given) || given === Number.POSITIVE_INFINITY;
          return isEndless || isPlayback() ? 0 : given;
        },
      };
      const came = native(array as Int32Array, index, value, timeoutMs as unknown as number);
      if (!isEndless || came !== 'timed-out') return came;
      throw new TypeError('Atomics.wait: nothing here can end a wait without a timeout');
    },
  };
  define(Atomics, 'wait', wait);
  Reflect.deleteProperty(Atomics, 'waitAsync');
}

type Class = new (...given: unknown[]) => object;

/** Compilation in the background ends at a moment of its own: it is done at once instead. */
export function compileAtOnce(): void {
  const { WebAssembly: api } = globalThis as unknown as { WebAssembly?: Record<string, Class> };
  if (!api) return; // V8 has none while it makes a snapshot
  const { Module, Instance } = api as { Module: Class; Instance: Class };
  const { compile, instantiate } = {
    compile: async (bytes: unknown): Promise<object> => new Module(bytes),
    instantiate: async (source: unknown, imports?: unknown): Promise<object> => {
      if (source instanceof Module) return new Instance(source, imports);
      const module = new Module(source);
      return { module, instance: new Instance(module, imports) };
    },
  };
  define(api, 'compile', compile);
  define(api, 'instantiate', instantiate);
  for (const name of ['compileStreaming', 'instantiateStreaming'])
    Reflect.deleteProperty(api, name);
}
