/** Which checkpoints of a sandbox to keep: the newest, and exponentially older ones. */
import type { CheckpointSummary } from '@belljar/store';

/**
 * Of checkpoints, oldest first, those beyond so many: the newest stays, and of each power of two of
 * distance from it the oldest, so that they grow older together.
 */
export function superfluous(
  checkpoints: readonly CheckpointSummary[],
  kept: number,
): CheckpointSummary[] {
  const newest = checkpoints.at(-1);
  if (!newest) return [];
  const seen = new Set<number>();
  return checkpoints.filter((checkpoint, index) => {
    if (checkpoint === newest) return false;
    // Of one position the one added last counts.
    if (checkpoints[index + 1]?.position === checkpoint.position) return true;
    const distance = Math.floor(Math.log2(newest.position - checkpoint.position + 1));
    const group = Math.min(distance, kept - 1);
    if (seen.has(group)) return true;
    seen.add(group);
    return false;
  });
}
