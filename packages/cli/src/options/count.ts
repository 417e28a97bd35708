import { InvalidArgumentError } from 'commander';

export function parseCount(text: string): number {
  const count = /^\d{1,15}$/.test(text) ? Number(text) : 0;
  if (count > 0) return count;
  throw new InvalidArgumentError('Give a whole number above 0.');
}
