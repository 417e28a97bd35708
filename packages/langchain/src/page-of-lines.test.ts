import { describe, expect, it } from 'vitest';
import { pageOfLines } from './page-of-lines.js';

describe('pageOfLines', () => {
  it.each([
    ['one\ntwo\n', { content: 'one\ntwo', totalLines: 2, startLine: 1, endLine: 2 }],
    ['one\ntwo', { content: 'one\ntwo', totalLines: 2, startLine: 1, endLine: 2 }],
    ['one\r\n\n\n', { content: 'one\r\n\n', totalLines: 3, startLine: 1, endLine: 3 }],
    ['\n', { content: '', totalLines: 1, startLine: 1, endLine: 1 }],
    ['', { content: 'System reminder: File exists but has empty contents' }],
  ])('counts the lines of %j', (text, expected) => {
    expect(pageOfLines(text, 0, 500, 1_000)).toEqual(expected);
  });

  it('takes any number for offset and limit', () => {
    expect(pageOfLines('a\nb\nc', -1, 1.9, 1_000)).toMatchObject({ content: 'a', nextOffset: 1 });
    expect(pageOfLines('a\nb\nc', 1.9, Number.MAX_SAFE_INTEGER, 1_000).content).toBe('b\nc');
    expect(pageOfLines('a', 0, Number.NaN, 1_000)).toEqual({ content: '' });
    expect(pageOfLines('a', 1, 1, 1_000)).toEqual({
      error: 'Line offset 1 exceeds file length (1 lines)',
    });
  });

  it('reads each line once when it is followed page by page', () => {
    const lines = Array.from({ length: 1_000 }, (_, index) => 'x'.repeat(index % 50));
    const read: string[] = [];
    for (let offset: number | undefined = 0; offset !== undefined; ) {
      const page = pageOfLines(lines.join('\n'), offset, 100, 1_000);
      read.push(...String(page.content).split('\n'));
      offset = page.nextOffset;
    }
    expect(read).toEqual(lines);
  });

  it('cuts a line that is longer than a page, also of characters that JSON escapes', () => {
    const { content, nextOffset } = pageOfLines(`${'x'.repeat(5_000)}\nnext`, 0, 10, 1_000);
    expect(content).toHaveLength(1_000);
    expect(content).toContain('characters cut');
    expect(nextOffset).toBe(1);
    const escaped = pageOfLines('\u0007'.repeat(5_000), 0, 10, 1_000).content;
    expect(JSON.stringify(escaped).length).toBeLessThanOrEqual(2_000);
  });
});
