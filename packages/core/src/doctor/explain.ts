/** From a failed attempt to a sentence on why, and one on what to do. */
import { CAUSES, type Cause, type Failure } from './causes.js';
import type { HostFacts } from './host-facts.js';

export interface Explanation {
  cause: string;
  reason: string;
  fix: string;
}

export function explain(failure: Failure, host: HostFacts): Explanation {
  // The last row fits everything.
  const cause = CAUSES.find(({ fits }) => fits(failure, host)) as Cause;
  const values: Record<string, string> = {
    message: failure.message,
    interpreter: failure.interpreter,
    label: host.label ?? 'none',
    architecture: host.architecture,
  };
  const fill = (text: string): string =>
    text.replaceAll(
      /\{(message|interpreter|label|architecture)\}/g,
      (_, name) => values[name] ?? '',
    );
  const { fix } = cause;
  const chosen = typeof fix === 'string' ? fix : (fix[host.container ?? 'else'] ?? fix.else);
  return { cause: cause.id, reason: fill(cause.reason), fix: fill(chosen) };
}
