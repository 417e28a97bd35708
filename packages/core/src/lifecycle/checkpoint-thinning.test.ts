import { expect, it } from 'vitest';
import { superfluous } from './checkpoint-thinning.js';

const at = (position: number, id = String(position)) => {
  return { id, position, createTime: position, blobs: 0, sizeBytes: 0 };
};

/** Takes one after each of so many executions, and removes what is too much each time. */
function keptAfter(executions: number, kept: number): number[] {
  let checkpoints = [at(0)];
  for (let position = 1; position <= executions; position += 1) {
    checkpoints.push(at(position));
    const over = new Set(superfluous(checkpoints, kept));
    checkpoints = checkpoints.filter((one) => !over.has(one));
  }
  return checkpoints.map(({ position }) => position);
}

it('keeps all while there are few', () => {
  expect(superfluous([], 8)).toEqual([]);
  expect(keptAfter(1, 8)).toEqual([0, 1]);
});

it.each([1, 2, 3, 10, 100, 1_000])('keeps the first and the newest of %i, and few between', (n) => {
  const positions = keptAfter(n, 8);
  expect(positions[0]).toBe(0);
  expect(positions.at(-1)).toBe(n);
  expect(positions.length).toBeLessThanOrEqual(8);
});

it('leaves no rollback within reach more than twice as far to run as it goes back', () => {
  for (let n = 20; n <= 100; n += 1) {
    const positions = keptAfter(n, 8);
    for (let back = 1; back < n; back += 1) {
      const base = positions.findLast((position) => position <= n - back) ?? -1;
      expect(n - back - base).toBeLessThanOrEqual(2 * back);
    }
  }
});

it('keeps the one that was added last of one position', () => {
  expect(superfluous([at(0, 'a'), at(0, 'b'), at(3)], 8).map(({ id }) => id)).toEqual(['a']);
});

it('keeps two where two are asked for', () => {
  expect(keptAfter(50, 2)).toEqual([0, 50]);
});
