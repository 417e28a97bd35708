import { it } from 'vitest';
import { isPromiseId, type PromiseId } from '../promises/manifest.js';

type Register = (name: string, run: () => unknown | Promise<unknown>, timeoutMs?: number) => void;

const always: Register = (name, run, timeoutMs) =>
  it(name, async () => void (await run()), timeoutMs);

export interface VerifiesOptions {
  timeoutMs?: number;
  /** Registers the test: what `requires(…)` returned, for a promise that a machine may not show. */
  using?: Register;
}

/**
 * A test of a promise of DESIGN.md section 2. The id is the first part of the test's name, so that
 * `npm test -- -t jail.no-network` runs all that is said about it.
 *
 * The id is written as a literal: the coverage test reads it from the source.
 */
export function verifies(
  id: PromiseId,
  name: string,
  run: () => unknown | Promise<unknown>,
  { timeoutMs, using = always }: VerifiesOptions = {},
): void {
  if (!isPromiseId(id)) {
    throw new Error(
      `verifies: no promise has the id ${JSON.stringify(id)}: see test/promises/manifest.ts`,
    );
  }
  using(`${id}: ${name}`, run, timeoutMs);
}
