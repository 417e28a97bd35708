import { InvalidArgumentError } from 'commander';

const UNITS_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** `500ms`, `60s`, `1.5h`, `14d` in milliseconds. A number alone is refused: of what? */
export function parseDuration(text: string): number {
  const [, number, unit] = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text) ?? [];
  const ms = Number(number) * (UNITS_MS[unit ?? ''] ?? Number.NaN);
  if (ms > 0) return Math.max(1, Math.round(ms));
  throw new InvalidArgumentError('Give a number above 0 with ms, s, m, h or d, such as 60s.');
}
