/** The questions, what is known of their answers, and the model that drives without a key. */
import type { Question } from '@belljar/example-shared/expected-numbers';
import { runs, type Script } from '@belljar/example-shared/script';

const LIMIT = 100_000;

/** Steps of each start below the limit to 1: halved when even, else three times itself and one more. */
const STEPS = Array.from({ length: LIMIT }, (_, start) => {
  let steps = 0;
  for (let n = start; n > 1; steps += 1) n = n % 2 === 0 ? n / 2 : 3 * n + 1;
  return steps;
});
const MOST = STEPS.reduce((most, steps) => Math.max(most, steps));

export const QUESTIONS: readonly Question[] = [
  {
    question:
      'A Collatz sequence halves an even number, and makes 3n + 1 of an odd one, until it is at 1. For ' +
      'each start from 1 to 99,999 count its steps, and keep the counts. Which start has most, and how many?',
    expected: { start: STEPS.indexOf(MOST), steps: MOST },
  },
  {
    question: 'From the counts that you kept: how many starts take more than 200 steps?',
    expected: { starts: STEPS.filter((steps) => steps > 200).length },
  },
  {
    question: 'And how many starts take exactly 100 steps? Use the counts that you kept.',
    expected: { starts: STEPS.filter((steps) => steps === 100).length },
  },
];

const CODE = [
  `
steps = {1: 0}
def count(n):
    path = []
    while n not in steps:
        path.append(n)
        n = n // 2 if n % 2 == 0 else 3 * n + 1
    for distance, m in enumerate(reversed(path), 1):
        steps[m] = steps[n] + distance
for start in range(1, ${LIMIT}):
    count(start)
counts = {start: steps[start] for start in range(1, ${LIMIT})}
start = max(counts, key=counts.get)
print(f"start {start}: {counts[start]} steps")
`,
  'sum(c > 200 for c in counts.values())',
  'sum(c == 100 for c in counts.values())',
];

export const script: Script = ({ question, results: [result] }) => {
  if (result === undefined) return runs(CODE[question - 1] ?? '');
  if (question === 1) {
    const [, start, steps] = /start (\d+): (\d+) steps/.exec(result) ?? [];
    return { say: `${start} takes most: ${steps} steps.` };
  }
  const count = /result:\n(\d+)/.exec(result)?.[1];
  return { say: count ? `${count} starts do.` : `The code did not run.\n${result}` };
};
