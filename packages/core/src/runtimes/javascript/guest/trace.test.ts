import { describe, expect, it } from 'vitest';
import { createAllSeries, createSeries, encodeTrace } from './trace.js';

const readAll = (count: number, read: (index: number) => number): number[] =>
  Array.from({ length: count }, (_, index) => read(index));

describe('a series', () => {
  it('is read back as it was read, whatever would be measured then', () => {
    const numbers = [5, 5, 5, 7.25, -3, -3, 1e12, 0];
    const recording = createSeries(10, undefined);
    const before = readAll(numbers.length, (index) =>
      recording.read(() => numbers[index] as number),
    );
    expect(before).toEqual([5, 5, 5, 7.2, -3, -3, 1e12, 0]);
    const playback = createSeries(10, recording.encode());
    expect(readAll(numbers.length, () => playback.read(() => Number.NaN))).toEqual(before);
    expect(playback.encode()).toBe(recording.encode());
    expect(playback.read(() => 9)).toBe(0); // beyond its end: the last one
  });

  it('of nothing is empty, and reads as 0', () => {
    expect(createSeries(1, undefined).encode()).toBe('');
    expect(createSeries(1, '').read(() => 3)).toBe(0);
  });

  it('of a clock that is read for a minute without a pause gets coarser, and stays short', () => {
    const all = createAllSeries(undefined);
    let tenths = 0;
    const seen = readAll(600_000 * 3, (index) => {
      tenths = index / 3 / 10;
      return all.date.read(() => tenths);
    });
    expect(seen.every((value, index) => index === 0 || value >= (seen[index - 1] as number))).toBe(
      true,
    );
    expect(Math.abs((seen.at(-1) as number) - 60_000)).toBeLessThan(100);
    expect(seen.slice(0, 30).join()).toBe(readAll(30, (index) => Math.floor(index / 30)).join());
    const { exact, data } = encodeTrace(all);
    expect(exact).toBe(true);
    const again = createAllSeries(data);
    expect(seen.every((value) => again.date.read(() => 0) === value)).toBe(true);
  });

  it('that does not repeat is given up, and that is said', () => {
    const all = createAllSeries(undefined);
    for (let count = 0; count < 30_000; count += 1) all.fileTimes.read(() => count * 7_919_777);
    expect(encodeTrace(all)).toEqual({ exact: false, data: '' });
  });
});
