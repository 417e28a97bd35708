/** The modules that code can have: a list of Node's, and those that the engine was given. */
import { moduleUrl } from './sources.js';

export const NO_NETWORK = 'A sandbox has no network.';

export type Require = (name: unknown) => unknown;
type Take = ((name: string, wanted: readonly string[]) => unknown[]) & {
  load(name: unknown): Promise<Record<string, unknown>>;
};
type ModuleBody = (
  exports: object,
  require: Require,
  module: { exports: unknown },
  take: Take,
) => void;

/** Makes a module when it is first asked for. */
export type Builtins = Record<string, () => unknown>;

interface Parts {
  builtins: Builtins;
  /** Names of those that the engine was given. */
  given: readonly string[];
  /** Their text, as the body of a function of `exports`, `require` and `module`. */
  source(name: string): string | undefined;
  evaluate(text: string): unknown;
}

const PREFIX = 'node:';

export class Modules {
  readonly #parts: Parts;
  readonly #loaded = new Map<string, { exports: unknown }>();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** As `require` and `import` both find them. Named with or without `node:`. */
  readonly load: Require = (specifier) => {
    const name = String(specifier);
    const bare = name.startsWith(PREFIX) ? name.slice(PREFIX.length) : name;
    const known = this.#loaded.get(bare);
    if (known) return known.exports;
    const { builtins, given } = this.#parts;
    if (given.includes(name)) return this.#loadGiven(name);
    if (!Object.hasOwn(builtins, bare)) throw this.#missing(name);
    const made = { exports: (builtins[bare] as () => unknown)() };
    this.#loaded.set(bare, made);
    return made.exports;
  };

  /** What an `import` statement takes; `load` is `import()`. */
  readonly take: Take = Object.assign(
    (name: string, wanted: readonly string[]) => takeFrom(this.load(name), name, wanted),
    { load: async (name: unknown) => namespaceOf(this.load(name)) },
  );

  /** A sentence on those that there are. */
  get there(): string {
    const names = [...Object.keys(this.#parts.builtins), ...this.#parts.given];
    return `The modules that are there: ${names.map((name) => `'${name}'`).join(', ')}.`;
  }

  #loadGiven(name: string): unknown {
    const text = this.#parts.source(name);
    if (text === undefined) throw this.#missing(name);
    const body = this.#parts.evaluate(
      `(function(exports,require,module,__take){${text}\n})\n//# sourceURL=${moduleUrl(name)}`,
    ) as ModuleBody;
    const module = { exports: {} as unknown };
    this.#loaded.set(name, module);
    try {
      body.call(module.exports, module.exports as object, this.load, module, this.take);
    } catch (error) {
      this.#loaded.delete(name);
      throw error;
    }
    return module.exports;
  }

  #missing(name: string): Error {
    const error = new Error(
      `There is no module '${name}' in a sandbox. ${NO_NETWORK} ${this.there}`,
    );
    return Object.assign(error, { code: 'MODULE_NOT_FOUND' });
  }
}

/** What ECMAScript modules that were made into functions say of themselves. */
const IS_MODULE = '__esModule';

/** A module as `import` sees it: its members, and itself as the default. */
function namespaceOf(module: unknown): Record<string, unknown> {
  const isObject = (typeof module === 'object' && module !== null) || typeof module === 'function';
  const members = isObject ? (module as Record<string, unknown>) : {};
  if (members[IS_MODULE] === true && 'default' in members) return { ...members };
  return { ...members, default: module };
}

function takeFrom(module: unknown, name: string, wanted: readonly string[]): unknown[] {
  const namespace = namespaceOf(module);
  return wanted.map((one) => {
    if (one === '*') return namespace;
    if (one in namespace) return namespace[one];
    throw new SyntaxError(`The module '${name}' does not provide an export named '${one}'.`);
  });
}
