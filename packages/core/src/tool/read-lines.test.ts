import { expect, it } from 'vitest';
import { type LineRange, readLines } from './read-lines.js';

const range: LineRange = {
  firstLine: 1,
  maxLines: 10,
  maxCharacters: 1_000,
  maxLineCharacters: 100,
};

async function* chunks(...parts: (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) yield Buffer.from(part as string);
}

const read = (parts: (string | Uint8Array)[], more: Partial<LineRange> = {}) =>
  readLines(chunks(...parts), { ...range, ...more });

it('joins lines over chunks, and characters over chunks', async () => {
  const [one, two] = [Buffer.from('dí').subarray(0, 2), Buffer.from('dí').subarray(2)];
  expect(await read([one, two, 'a\r\nnext', ' line\n'])).toEqual({
    lines: ['día', 'next line'],
    totalLines: 2,
    isBinary: false,
  });
});

it('gives the lines asked for, and counts all', async () => {
  const text = Array.from({ length: 50 }, (_, i) => `${i + 1}`).join('\n');
  const page = await read([text], { firstLine: 20, maxLines: 2 });
  expect(page).toMatchObject({ lines: ['20', '21'], totalLines: 50 });
});

it('begins no line beyond the characters asked for, but gives one', async () => {
  const page = await read(['aaaa\nbbbb\ncccc\nd'], { maxCharacters: 10 });
  expect(page).toMatchObject({ lines: ['aaaa', 'bbbb'], totalLines: 4 });
  expect((await read(['a'.repeat(50)], { maxCharacters: 10 })).lines).toEqual(['a'.repeat(50)]);
});

it('cuts a line that is too long, and keeps none of the rest in memory', async () => {
  const long = '€'.repeat(200_000);
  const { lines } = await read(['short\n', long, long, '\nend']);
  expect(lines[1]?.length).toBeLessThanOrEqual(100);
  expect(lines[1]).toMatch(/^€.* \[line of 1200000 bytes cut\]$/);
  expect(lines[2]).toBe('end');
});

it.each([
  ['a NUL', 'a\0b'],
  ['no UTF-8', Buffer.from([0xc3, 0x28])],
])('sees %s', async (_, part) => {
  expect((await read([part])).isBinary).toBe(true);
});

it('knows an empty file and empty lines', async () => {
  expect(await read([])).toEqual({ lines: [], totalLines: 0, isBinary: false });
  expect(await read(['\n\n'])).toMatchObject({ lines: ['', ''], totalLines: 2 });
});
