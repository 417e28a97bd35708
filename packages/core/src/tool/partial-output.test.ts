import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { PartialOutput } from './partial-output.js';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function started() {
  const told: string[] = [];
  return { told, output: new PartialOutput((text) => told.push(text)) };
}

it('tells the first output at once, and what comes soon after it a little later', () => {
  const { told, output } = started();
  output.add('one\n');
  output.add('two\n');
  expect(told).toEqual(['status: running\none\n']);
  vi.advanceTimersByTime(100);
  expect(told.at(-1)).toBe('status: running\none\ntwo\n');
  vi.advanceTimersByTime(10_000);
  expect(told).toHaveLength(2);
});

it('tells a minute of output in less than 64 KB, each time its end', () => {
  const { told, output } = started();
  for (let elapsed = 0; elapsed < 60_000; elapsed += 10) {
    output.add(`${elapsed} ${'x'.repeat(500)}\n`);
    vi.advanceTimersByTime(10);
  }
  expect(told.length).toBeGreaterThan(20);
  expect(told.join('').length).toBeLessThan(65_536);
  expect(told.at(-1)).toMatch(/^status: running\n….*x\n$/s);
});

it('tells nothing once it has ended', () => {
  const { told, output } = started();
  output.add('one');
  output.add('two');
  output.end();
  output.add('three');
  vi.advanceTimersByTime(10_000);
  expect(told).toEqual(['status: running\none']);
});
