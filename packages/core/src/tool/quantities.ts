/** Sizes and times as people and models read them. */

/** `900 bytes`, `1.5 KB`, `2 GB`: decimal units, at most one decimal. */
export function formatBytes(bytes: number): string {
  if (bytes < 1_000) return `${bytes} bytes`;
  const units = ['KB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = '';
  for (const next of units) {
    if (value < 999.95) break;
    value /= 1_000;
    unit = next;
  }
  return `${trimmed(value)} ${unit}`;
}

/** `250 ms`, `1.5 s`, `60 s`. */
export function formatDuration(milliseconds: number): string {
  if (milliseconds < 1_000) return `${Math.round(milliseconds)} ms`;
  return `${trimmed(milliseconds / 1_000)} s`;
}

function trimmed(value: number): string {
  return value.toFixed(1).replace(/\.0$/, '');
}
