/**
 * Runs prepared code in this process's own realm. The only place that does.
 *
 * Nothing is kept out by that: this process is the code's, and what holds it is round the process.
 * A realm of its own would only give the code arrays that are no `Array` of its own.
 */
import { constants, Script } from 'node:vm';
import type { Prepared } from './source.js';

/** How Node's error is called when a signal ended a script. */
const INTERRUPTED = 'ERR_SCRIPT_EXECUTION_INTERRUPTED';

export class Interrupted extends Error {
  constructor() {
    super('The code was interrupted.');
    this.name = 'Interrupted';
    this.stack = `${this.name}: ${this.message}`;
  }
}

/** A constant that is declared again becomes a variable until it has its new value. */
function release(name: string): void {
  const found = Object.getOwnPropertyDescriptor(globalThis, name);
  if (!found?.set || !found.configurable) return;
  const value: unknown = (globalThis as Record<string, unknown>)[name];
  const kept = { value, enumerable: true, writable: true, configurable: true };
  Object.defineProperty(globalThis, name, kept);
}

/** `const`: an accessor, so that an assignment raises also where the code is not strict. */
export function constant(...names: string[]): void {
  for (const name of names) {
    const value: unknown = (globalThis as Record<string, unknown>)[name];
    Object.defineProperty(globalThis, name, {
      get: () => value,
      set: () => {
        throw new TypeError('Assignment to constant variable.');
      },
      enumerable: true,
      configurable: true,
    });
  }
}

function run(code: string, file: string, columnOffset: number): unknown {
  const script = new Script(code, {
    filename: file,
    columnOffset,
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  });
  try {
    // A loop without end is ended by the engine's signal, and memory stays.
    return script.runInThisContext({ breakOnSigint: true, displayErrors: false });
  } catch (error) {
    if ((error as { code?: unknown } | null)?.code === INTERRUPTED) throw new Interrupted();
    throw error;
  }
}

/** The promise of `[value]`, or of undefined where the code's last statement has no value. */
export async function evaluate(prepared: Prepared): Promise<[unknown] | undefined> {
  for (const name of prepared.names) release(name);
  for (const name of prepared.hoisted) {
    if (!(name in globalThis)) (globalThis as Record<string, unknown>)[name] = undefined;
  }
  if (prepared.functions !== '') run(prepared.functions, prepared.file, 0);
  return (await run(prepared.main, prepared.file, prepared.mainOffset)) as [unknown] | undefined;
}
