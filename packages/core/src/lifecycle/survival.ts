/** Reports of what could not be carried over, put together. */
import type { SurvivalReport } from '../execution.js';

/** Undefined when there is nothing to say. */
export function joinSurvival(
  ...reports: readonly (SurvivalReport | undefined)[]
): SurvivalReport | undefined {
  const joined: SurvivalReport = { lost: [], diverged: [], notes: [] };
  for (const report of reports) {
    joined.lost.push(...(report?.lost ?? []));
    joined.diverged.push(...(report?.diverged ?? []));
    joined.notes.push(...(report?.notes ?? []));
  }
  const { lost, diverged, notes } = joined;
  return lost.length + diverged.length + notes.length > 0 ? joined : undefined;
}
