import { describe, expect, it } from 'vitest';
import { SavedNames, savedName } from './saved-name.js';

describe('savedName', () => {
  it.for(['', '/abs', 'a/', 'a//b', '.', '..', '../x', 'a/../b', 'a/.'])('refuses %j', (name) => {
    expect(() => savedName(name)).toThrow(/leads out/);
  });

  it('takes what only looks like a way out', () => {
    expect(savedName('.../..x/x..')).toEqual(['...', '..x', 'x..']);
    expect(savedName('..\\..\\x')).toEqual(['..\\..\\x']);
  });

  it('has no NUL and no control character', () => {
    expect(savedName('a\0b/\u001b[2J')).toEqual(['a\\x00b', '\\x1b[2J']);
  });

  it('cuts what is longer than a file system takes, and keeps two of them apart', () => {
    const [one] = savedName(`${'😀'.repeat(63)}\u0001x`);
    const [two] = savedName(`${'😀'.repeat(63)}\u0001y`);
    expect(Buffer.byteLength(one ?? '')).toBeLessThanOrEqual(240);
    expect(one).toMatch(/^😀+~[0-9a-f]{8}$/u);
    expect(one).not.toBe(two);
  });
});

describe('SavedNames', () => {
  it('gives no path twice, and none that is reserved', () => {
    const names = new SavedNames(['mark']);
    expect(names.of('mark')).toEqual(['mark~2']);
    expect(names.of('a/b\u0001')).toEqual(['a', 'b\\x01']);
    expect(names.of('a/b\\x01')).toEqual(['a', 'b\\x01~2']);
    expect(names.figure('png')).toEqual(['figure-1.png']);
    expect(names.of('figure-2.png')).toEqual(['figure-2.png']);
    expect(names.figure('png')).toEqual(['figure-3.png']);
  });
});
