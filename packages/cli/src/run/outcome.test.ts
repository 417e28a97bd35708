import type { Execution } from '@belljar/core';
import { expect, it } from 'vitest';
import { exitStatusOf, sentencesOf, tracebackOf } from './outcome.js';

const ended = (parts: Partial<Execution>): Execution =>
  ({ status: 'ok', truncated: false, leftovers: [], ...parts }) as Execution;

it('has an exit status for each way to end', () => {
  const all = ['ok', 'error', 'timeout', 'cancelled', 'out-of-memory', 'crashed', 'limit'] as const;
  expect(all.map((status) => exitStatusOf(ended({ status })))).toEqual([
    0, 1, 124, 130, 137, 134, 137,
  ]);
});

it('takes a bare sys.exit() for a good end, and shows no traceback of any', () => {
  const exit = (message: string): Execution =>
    ended({ status: 'error', error: { name: 'SystemExit', message, traceback: 'Traceback' } });
  expect(['', '0', 'None', '1', 'why'].map((message) => exitStatusOf(exit(message)))).toEqual([
    0, 0, 0, 1, 1,
  ]);
  expect(['', '1', 'why'].map((message) => tracebackOf(exit(message)))).toEqual([
    undefined,
    undefined,
    'why',
  ]);
});

it('says what a user has to know', () => {
  const limit = { name: 'workspaceBytes', value: 1_000_000 };
  expect(sentencesOf(ended({ status: 'limit', limit }), 1)).toEqual([
    'LIMIT: the code went over workspaceBytes (1 MB) and was ended.',
  ]);
  const leftovers = [{ pid: 7, command: 'sleep' }];
  expect(sentencesOf(ended({ truncated: true, leftovers }), 1)).toHaveLength(2);
  expect(sentencesOf(ended({}), 1)).toEqual([]);
});

it('names what a wake before it could not carry over, and says when there is more', () => {
  const survival = {
    lost: [{ name: 'gen', type: 'generator', reason: 'a generator cannot be carried' }],
    diverged: [{ executionId: 'e1', variables: ['x'], reason: 'stdout differs' }],
    notes: ['the journal was run again'],
  };
  expect(sentencesOf(ended({ survival }), 1)).toEqual([
    'LOST: gen (generator): a generator cannot be carried',
    'DIVERGED: execution e1: stdout differs (x)',
    'NOTE: the journal was run again',
  ]);
  const lost = Array.from({ length: 12 }, (_, n) => ({ name: `v${n}`, reason: 'a thread' }));
  const many = sentencesOf(ended({ survival: { ...survival, lost } }), 1);
  expect(many).toHaveLength(11);
  expect(many.at(-1)).toContain('and 4 more');
});
