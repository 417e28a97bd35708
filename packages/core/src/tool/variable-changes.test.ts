import { expect, it, vi } from 'vitest';
import type { ExecuteOptions, Execution, Sandbox, Variable } from '../index.js';
import { compareVariables, executeWithChanges } from './variable-changes.js';

const variable = (name: string, more: Partial<Variable> = {}): Variable => ({
  name,
  type: 'list',
  sizeBytes: 8,
  preview: '[1]',
  identity: 'a',
  ...more,
});

it('tells new, changed and removed names', () => {
  const before = [variable('gone'), variable('same'), variable('rebound'), variable('larger')];
  const after = [
    variable('same'),
    variable('rebound', { identity: 'b' }),
    variable('larger', { sizeBytes: 9 }),
    variable('new'),
  ];
  const { created, changed, removed } = compareVariables(before, after);
  expect(created.map(({ name }) => name)).toEqual(['new']);
  expect(changed.map(({ name }) => name)).toEqual(['rebound', 'larger']);
  expect(removed).toEqual(['gone']);
});

it('takes no name for removed that a full list has no room for', () => {
  const names = Array.from({ length: 1_000 }, (_, index) => variable(`b${1_000 + index}`));
  const after = [variable('a'), ...names.slice(0, -1)];
  const { created, changed, removed } = compareVariables(names, after);
  expect([created.map(({ name }) => name), changed, removed]).toEqual([['a'], [], []]);
});

/** A sandbox whose lists of variables come as told, and whose execution answers at once. */
function sandboxWith(lists: Promise<Variable[]>[], rolledBack = false): Sandbox {
  const variables = () => lists.shift() ?? Promise.reject(new Error('asked too often'));
  const execute = (_: ExecuteOptions) => Promise.resolve({ rolledBack } as Execution);
  return { id: 's1', variables, execute } as unknown as Sandbox;
}

it('does not wait for a list that does not come, and does not ask for it again', async () => {
  vi.useFakeTimers();
  const slow = new Set<string>();
  const lists = [Promise.resolve([]), new Promise<Variable[]>(() => {})];
  const answered = executeWithChanges(sandboxWith(lists), { code: '' }, slow);
  await vi.advanceTimersByTimeAsync(2_000);
  expect((await answered).changes).toBeUndefined();
  vi.useRealTimers();
  const unasked = [Promise.resolve([]), Promise.resolve([])];
  expect(
    (await executeWithChanges(sandboxWith(unasked), { code: '' }, slow)).changes,
  ).toBeUndefined();
  expect(unasked).toHaveLength(2);
});

it('does not know the changes where a list fails', async () => {
  const sandbox = sandboxWith([Promise.reject(new Error('no')), Promise.resolve([])]);
  expect((await executeWithChanges(sandbox, { code: '' })).changes).toBeUndefined();
});

it('does not wait after what was undone: there are no changes', async () => {
  const sandbox = sandboxWith([new Promise(() => {}), new Promise(() => {})], true);
  const { changes } = await executeWithChanges(sandbox, { code: '' });
  expect(changes).toEqual({ created: [], changed: [], removed: [] });
});
