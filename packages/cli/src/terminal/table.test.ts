import { stripVTControlCharacters } from 'node:util';
import { expect, it } from 'vitest';
import { table } from './table.js';

const plain = (text: string): string => stripVTControlCharacters(text);

it('pads by what a terminal shows, and wraps the last column', () => {
  const text = table(
    ['A', 'BB', 'WHY'],
    [['日本', '\u001b[31mx\u001b[39m', 'one two three four five six']],
    34,
  );
  expect(plain(text)).toBe(
    ['A     BB  WHY', '日本  x   one two three four five', '          six', ''].join('\n'),
  );
});

it('keeps lines of a cell, and leaves no blanks at their ends', () => {
  expect(
    plain(
      table(
        ['A', 'B'],
        [
          ['x', ''],
          ['y', '1\n2'],
        ],
        80,
      ),
    ),
  ).toBe('A  B\nx\ny  1\n   2\n');
});
