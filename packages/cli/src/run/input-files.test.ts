import { expect, it } from 'vitest';
import { parseFileFlag } from './input-files.js';

it.for([
  ['data.csv', 'data.csv', 'data.csv'],
  ['./data/./in.csv', 'data/in.csv', './data/./in.csv'],
  ['a/../b.csv', 'b.csv', 'a/../b.csv'],
  ['/abs/x.csv', 'x.csv', '/abs/x.csv'],
  ['../up/x.csv', 'x.csv', '../up/x.csv'],
  ['data/in.csv=host.csv', 'data/in.csv', 'host.csv'],
  ['in.csv=/a=b/x.csv', 'in.csv', '/a=b/x.csv'],
] as const)('--file %s is put at %s', ([flag, name, path]) => {
  expect(parseFileFlag(flag)).toEqual({ name, path });
});

it.for(['', '=', 'name=', '=path'])('refuses %j', (flag) => {
  expect(() => parseFileFlag(flag)).toThrow(/NAME=PATH/);
});
