import { it } from 'vitest';
import type { Skip } from './skip.js';

/** What a probe found: `true`, or a sentence that says what is missing and how to get it. */
export type Probe = () => true | string | Promise<true | string>;

export interface RequiresOptions {
  /** Says why CI may lack the facility. Without it a skip fails under CI. */
  optional?: string;
}

export type RequiringTest = (
  name: string,
  run: () => unknown | Promise<unknown>,
  timeoutMs?: number,
) => void;

/**
 * Tests for a facility that a machine may lack. The probe tries the thing itself, once; where it
 * is missing, the tests are skipped in sight, with facility and reason in their names.
 *
 * ```ts
 * const withCgroups = await requires('delegated cgroup v2', probeCgroups);
 * withCgroups('kills the sandbox at its memory limit', async () => { … });
 * ```
 */
export async function requires(
  facility: string,
  probe: Probe,
  options: RequiresOptions = {},
): Promise<RequiringTest> {
  const found = await attempt(probe);
  if (found === true) {
    return (name, run, timeoutMs) => it(name, async () => void (await run()), timeoutMs);
  }
  const reason = `needs ${facility}: ${found}`;
  const belljarSkip: Skip = { reason, ...options };
  return (name) => it(`${name} [skipped: ${reason}]`, { skip: true, meta: { belljarSkip } });
}

/** A probe that throws found nothing; its message is the reason. */
async function attempt(probe: Probe): Promise<true | string> {
  try {
    return await probe();
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
