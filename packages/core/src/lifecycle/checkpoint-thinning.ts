/** Which checkpoints of a sandbox to keep: the newest, and exponentially older ones. */
import type { CheckpointSummary } from '@belljar/store';
import { CHECKPOINTS_KEPT } from '../limits.js';

/** Checkpoints, oldest first, that no rollback needs: of each distance from the newest, the oldest stays. */
export function superfluous(checkpoints: readonly CheckpointSummary[]): CheckpointSummary[] {
  const newest = checkpoints.at(-1);
  if (!newest) return [];
  const seen = new Set<number>();
  return checkpoints.filter((checkpoint, index) => {
    if (checkpoint === newest) return false;
    // Of one position the one added last counts.
    if (checkpoints[index + 1]?.position === checkpoint.position) return true;
    const distance = Math.floor(Math.log2(newest.position - checkpoint.position + 1));
    const group = Math.min(distance, CHECKPOINTS_KEPT - 1);
    if (seen.has(group)) return true;
    seen.add(group);
    return false;
  });
}
