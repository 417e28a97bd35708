import { describe, expect, it } from 'vitest';
import { repairCode, unwrapToolInput } from './repair-code.js';

const valid = [
  'print(1)',
  'x = 1\nx',
  '',
  '   ',
  String.raw`print("a\nb")`,
  String.raw`print(f"{"\n".join(["a", "b"])}")`,
  String.raw`re.split(r'\n', text)  # at each \n`,
  'README = """\n```python\nprint(1)\n```\n"""',
  'print("```python")\nprint("```")',
  '# a fence: ```\nx = 1',
  '{"codes": 1}',
  '{"code": 1, "other": 2}',
  '{"code": 5}',
  'x = 1 + \\\n    2',
  '\tindented',
  '~~~1',
];

describe('repairCode', () => {
  it.each(valid)('does not touch valid code: %j', (code) => {
    expect(repairCode(code, 'python')).toEqual({ code, notes: [] });
  });

  it.each([
    ['a Python fence', '```python\nprint(1)\n```', 'print(1)'],
    ['a fence without a language', '```\nx = 1\nx\n```\n', 'x = 1\nx'],
    ['an indented fence', '  ```py\n  x = 1\n  ```', '  x = 1'],
    ['a fence without its end', '```python\nprint(1)', 'print(1)'],
    ['prose round a fence', "Here's the code:\n```python\nprint(1)\n```\nDone.", 'print(1)'],
    ['two fences', '```python\na = 1\n```\nthen\n```python\nb = 2\n```', 'a = 1\nb = 2'],
    ['a fence with a fence in a string', '```python\nx = """\n```\n"""\n```', 'x = """\n```\n"""'],
    ['a span', '`print(1)`', 'print(1)'],
    ['CRLF', '```python\r\na = 1\r\nb = 2\r\n```', 'a = 1\nb = 2'],
  ])('takes code out of %s', (_, sent, code) => {
    const repaired = repairCode(sent, 'python');
    expect(repaired.code).toBe(code);
    expect(repaired.notes).toHaveLength(1);
  });

  it.each([
    ['between statements', String.raw`import os\nprint(os.name)`, 'import os\nprint(os.name)'],
    [
      'but not inside strings',
      String.raw`x = "a\nb"\nprint(x)  # don't\nprint('c')`,
      `x = "a\\nb"\nprint(x)  # don't\nprint('c')`,
    ],
    ['with tabs', String.raw`if x:\n\ty = 1`, 'if x:\n\ty = 1'],
    ['with CRLF', String.raw`a = 1\r\nb = 2`, 'a = 1\nb = 2'],
    [
      'with quotes that were escaped too',
      String.raw`print(\"a\\nb\")\nx = 1`,
      'print("a\\nb")\nx = 1',
    ],
    ['in a fence on one line', '```python\\nprint(1)\\n```', 'print(1)'],
  ])('restores line breaks that were escaped twice, %s', (_, sent, code) => {
    expect(repairCode(sent, 'python').code).toBe(code);
  });

  it('leaves code alone that stays invalid', () => {
    const sent = String.raw`x = \n \z`;
    expect(repairCode(sent, 'python')).toEqual({ code: sent, notes: [] });
  });

  it('leaves line breaks alone when there is a real one', () => {
    const sent = `a = 1\nb = \\n`;
    expect(repairCode(sent, 'python').code).toBe(sent);
  });

  it('leaves a single comment alone and says that nothing ran', () => {
    const sent = String.raw`# load\nimport os`;
    const repaired = repairCode(sent, 'python');
    expect(repaired.code).toBe(sent);
    expect(repaired.notes[0]).toMatch(/one comment/);
  });

  it('unwraps the tool input sent inside itself', () => {
    expect(repairCode('{"code": "print(1)\\nprint(2)"}').code).toBe('print(1)\nprint(2)');
  });

  it('unwraps a JavaScript fence and touches no template literal', () => {
    expect(repairCode('```js\n1 + 1\n```', 'javascript').code).toBe('1 + 1');
    const code = 'const a = `\n```\n`;';
    expect(repairCode(code, 'javascript').code).toBe(code);
  });
});

describe('unwrapToolInput', () => {
  it.each([
    [{ code: 'x' }, { code: 'x' }],
    ['{"code":"x = 1\\nx"}', { code: 'x = 1\nx' }],
    ['{"language":"python","code":"x"}', { code: 'x' }],
    ['print(1)', { code: 'print(1)' }],
    ['{"a": 1}', { code: '{"a": 1}' }],
    [{ code: ['a = 1\n', 'a'] }, { code: 'a = 1\na' }],
  ])('finds the code in %j', (input, expected) => {
    expect(unwrapToolInput(input)).toEqual(expected);
  });

  it.each([{}, { python: '1' }, null, 7, { code: [1] }, { code: null }])(
    'finds no code in %j',
    (input) => {
      expect(unwrapToolInput(input)).toEqual({ code: '' });
    },
  );
});
