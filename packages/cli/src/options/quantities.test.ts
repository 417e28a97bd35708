import { describe, expect, it } from 'vitest';
import { parseCount } from './count.js';
import { parseDuration } from './duration.js';
import { parseLabel } from './label.js';
import { parseSize } from './size.js';

describe('durations', () => {
  it.for([
    ['500ms', 500],
    ['60s', 60_000],
    ['1.5h', 5_400_000],
    ['14d', 1_209_600_000],
    ['0.1ms', 1],
  ] as const)('%s are %d ms', ([text, ms]) => expect(parseDuration(text)).toBe(ms));

  it.for(['60', '', '0s', '-1s', '1 s', '1w', 's', '1e3s', 'Infinitys'])('refuses %j', (text) => {
    expect(() => parseDuration(text)).toThrow(/such as 60s/);
  });
});

describe('sizes', () => {
  it.for([
    ['512MiB', 536_870_912],
    ['1.5GiB', 1_610_612_736],
    ['2GB', 2_000_000_000],
    ['100B', 100],
  ] as const)('%s are %d bytes', ([text, bytes]) => expect(parseSize(text)).toBe(bytes));

  it.for(['512', '512M', '0MB', '-1MB', 'GB', '0.1B', '1 GB'])('refuses %j', (text) => {
    expect(() => parseSize(text)).toThrow(/such as 512MiB/);
  });
});

describe('counts', () => {
  it('are whole and above 0', () => {
    expect(parseCount('64')).toBe(64);
    for (const text of ['0', '-1', '1.5', '', 'x', '1e3']) {
      expect(() => parseCount(text)).toThrow(/whole number/);
    }
  });
});

describe('labels', () => {
  it('are cut at the first =, and gathered', () => {
    expect(parseLabel('kind=x=y', parseLabel('team=a'))).toEqual({ team: 'a', kind: 'x=y' });
    expect(parseLabel('empty=')).toEqual({ empty: '' });
    expect(Object.keys(parseLabel('__proto__=x'))).toEqual(['__proto__']);
  });

  it('are refused without a name, or with two values', () => {
    expect(() => parseLabel('team')).toThrow(/team=a/);
    expect(() => parseLabel('=a')).toThrow(/team=a/);
    expect(() => parseLabel('team=b', { team: 'a' })).toThrow(/two values/);
  });
});
