/** Runs prepared code in this isolate's global scope. The only place that does. */
import type { PreparedCode } from './prepared-code.js';
import { executionUrl } from './sources.js';

/** Called by another name than its own, it evaluates in the global scope. */
const { eval: evaluateGlobally } = globalThis as unknown as { eval(text: string): unknown };

export const evaluateText = (text: string): unknown => evaluateGlobally(text);

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

/** The promise of `[value]`, or of undefined where the code's last statement has no value. */
export async function evaluate(code: PreparedCode): Promise<[unknown] | undefined> {
  for (const name of code.names) release(name);
  for (const name of code.hoisted) {
    if (!(name in globalThis)) (globalThis as Record<string, unknown>)[name] = undefined;
  }
  const run = (text: string, part: 'functions' | 'main'): unknown =>
    evaluateGlobally(`${text}\n//# sourceURL=${executionUrl(code.number, part)}`);
  if (code.functions !== '') run(code.functions, 'functions');
  return (await run(code.main, 'main')) as [unknown] | undefined;
}
