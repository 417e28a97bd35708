import { describe, expect, it } from 'vitest';
import { pythonFault, pythonSpans } from './python-spans.js';

describe('pythonFault', () => {
  it.each([
    ['a string with an escaped newline', String.raw`print("a\nb")`],
    ['a raw string', String.raw`re.split(r"\n+", text)`],
    ['a raw string that ends in an escaped quote', String.raw`x = r'\''`],
    ['a triple-quoted string with quotes and backticks', '"""a "quoted" `word`\nand more"""'],
    ['a comment with an apostrophe and a backslash', String.raw`x = 1  # don't split at \n`],
    ['a line continued by a backslash', 'x = 1 + \\\n    2'],
    ['a line continued by a backslash before CRLF', 'x = 1 + \\\r\n    2'],
    ['a string continued by a backslash before CRLF', 'x = "a\\\r\nb"'],
    ['an f-string with a string of the same quote in its field', String.raw`f"{"\n".join(xs)}"`],
    ['an f-string with a dict in its field', `f"{ {'a': 1}['a'] }"`],
    ['an f-string with escaped braces', String.raw`f"{{\n}}"`],
    ['a keyword before a quote', `1 if"{"else 2`],
    ['empty strings', `x = '' + "" + ''''''`],
    ['nothing', ''],
  ])('finds none in %s', (_, code) => {
    expect(pythonFault(code)).toBeUndefined();
  });

  it.each([
    ['a backslash outside a string', String.raw`import os\nprint(1)`, 'backslash'],
    ['a fence', '```python\nprint(1)\n```', 'backtick'],
    ['a string without an end', 'print("a\n")', 'unterminated-string'],
    ['prose with an apostrophe', "Here's the code", 'unterminated-string'],
  ])('finds %s', (_, code, fault) => {
    expect(pythonFault(code)).toBe(fault);
  });

  it('takes time in proportion to the length, however the code is nested', () => {
    const started = performance.now();
    pythonFault('f"{'.repeat(100_000));
    pythonFault(`f"${'{'.repeat(200_000)}`);
    pythonFault(`f'{"`.repeat(100_000));
    expect(performance.now() - started).toBeLessThan(3_000);
  });
});

describe('pythonSpans', () => {
  it('loses no character', () => {
    const code = `a = f"{x!r:>{w}}" # c\nb = '''d'''\nc = "e`;
    expect(
      pythonSpans(code)
        .map((span) => span.text)
        .join(''),
    ).toBe(code);
  });
});
