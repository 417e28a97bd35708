import { describe, expect, it } from 'vitest';
import { formatBytes, formatDuration } from './quantities.js';

describe('formatBytes', () => {
  it.each([
    [0, '0 bytes'],
    [999, '999 bytes'],
    [1_000, '1 KB'],
    [1_550, '1.6 KB'],
    [999_960, '1 MB'],
    [104_857_600, '104.9 MB'],
    [1.5 * 2 ** 30, '1.6 GB'],
  ])('writes %i as %s', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });
});

describe('formatDuration', () => {
  it.each([
    [12.4, '12 ms'],
    [1_000, '1 s'],
    [1_540, '1.5 s'],
    [60_000, '60 s'],
  ])('writes %d ms as %s', (milliseconds, text) => {
    expect(formatDuration(milliseconds)).toBe(text);
  });
});
