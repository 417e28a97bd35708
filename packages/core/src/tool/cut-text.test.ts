import { describe, expect, it } from 'vitest';
import { cutText, shareBudget } from './cut-text.js';

describe('cutText', () => {
  it('leaves a text of exactly the limit alone', () => {
    expect(cutText('a'.repeat(100), 100)).toBe('a'.repeat(100));
  });

  it('keeps head and tail of a text one character over and says how much is gone', () => {
    const cut = cutText(`${'a'.repeat(60)}${'b'.repeat(41)}`, 100);
    expect(cut).toMatch(/^a+\n\[… \d+ characters cut …\]\nb+$/);
    expect(cut.length).toBeLessThanOrEqual(100);
  });

  it('counts what it cut', () => {
    const text = 'x'.repeat(50_000);
    const cut = cutText(text, 1_000);
    const counted = Number(/… ([\d,]+) characters/.exec(cut)?.[1]?.replace(',', ''));
    expect(cut.match(/x/g)?.length).toBe(50_000 - counted);
    expect(cut.length).toBeLessThanOrEqual(1_000);
  });

  it.each([60, 61, 62, 63, 64, 65])('never splits a surrogate pair (limit %i)', (limit) => {
    for (const text of ['😀'.repeat(200), `a${'😀'.repeat(200)}`, `${'😀'.repeat(200)}b`]) {
      const cut = cutText(text, limit);
      expect(cut.isWellFormed()).toBe(true);
      expect(cut.length).toBeLessThanOrEqual(limit);
    }
  });

  it.each([0, 1, 2, 10, 30])('stays within a limit with no room for the marker (%i)', (limit) => {
    const cut = cutText('😀'.repeat(100), limit);
    expect(cut.length).toBeLessThanOrEqual(limit);
    expect(cut.isWellFormed()).toBe(true);
  });
});

describe('shareBudget', () => {
  it('gives each text all it needs when there is enough', () => {
    expect(shareBudget([10, 20, 30], 60)).toEqual([10, 20, 30]);
  });

  it('keeps short texts whole and divides the rest among the long ones', () => {
    expect(shareBudget([1_000, 10, 2_000], 210)).toEqual([100, 10, 100]);
  });

  it('gives nothing when there is nothing', () => {
    expect(shareBudget([5, 5], -3)).toEqual([0, 0]);
    expect(shareBudget([], 100)).toEqual([]);
  });
});
