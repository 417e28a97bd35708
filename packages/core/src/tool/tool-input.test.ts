import { expect, it } from 'vitest';
import { z } from 'zod';
import { workspacePath } from './file-path.js';
import { lenientSchema, parametersOf, unwrapObject } from './tool-input.js';

const parameters = parametersOf(
  z.object({ path: z.string().describe('Where.'), limit: z.number().optional() }),
);

it('describes the input without what model endpoints refuse', () => {
  expect(parameters).toEqual({
    type: 'object',
    properties: { path: { type: 'string', description: 'Where.' }, limit: { type: 'number' } },
    required: ['path'],
  });
});

it('makes a schema that says the same and accepts all', () => {
  const schema = lenientSchema(parameters);
  expect(parametersOf(schema)).toEqual(parameters);
  for (const input of [{ path: 'a' }, {}, { path: 7, limit: 'x' }, 'text', null, [1]]) {
    expect(schema.safeParse(input).success).toBe(true);
  }
  expect(schema.parse('{"path": "a"}')).toEqual({ path: 'a' });
});

it('takes the object out of JSON text, and null as not sent', () => {
  expect(unwrapObject('{"path": "a", "limit": null}')).toEqual({ path: 'a' });
  expect(unwrapObject('nonsense')).toEqual({});
});

it.each([
  ['a.csv', 'a.csv'],
  ['./a/b.csv', 'a/b.csv'],
  ['/workspace/a.csv', 'a.csv'],
  ['/workspace', ''],
  ['/workspace/', ''],
  ['/', ''],
  ['.', ''],
  ['', ''],
  ['out/', 'out'],
  ['/workspaces/a', '/workspaces/a'],
  ['/etc/passwd', '/etc/passwd'],
  ['../a', '../a'],
])('reads the path %j as %j', (path, name) => {
  expect(workspacePath(path)).toBe(name);
});
