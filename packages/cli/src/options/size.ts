import { InvalidArgumentError } from 'commander';

const UNITS: Readonly<Record<string, number>> = {
  B: 1,
  kB: 1e3,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  KiB: 1024,
  MiB: 1024 ** 2,
  GiB: 1024 ** 3,
};

/** `512MiB`, `1.5GiB`, `2GB` in bytes. `512M` is refused: it is read in both ways. */
export function parseSize(text: string): number {
  const [, number, unit] = /^(\d+(?:\.\d+)?)([A-Za-z]+)$/.exec(text) ?? [];
  const bytes = Math.floor(Number(number) * (UNITS[unit ?? ''] ?? Number.NaN));
  if (bytes > 0) return bytes;
  throw new InvalidArgumentError(
    'Give a number above 0 with KB, MB, GB (thousands) or KiB, MiB, GiB (1024), such as 512MiB.',
  );
}
