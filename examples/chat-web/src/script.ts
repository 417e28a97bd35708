/** The questions that the page proposes, and the model that answers them without a key. */
import { runs, type Script } from '@belljar/example-shared/script';

export const PROPOSALS = [
  'Roll two dice 10,000 times and draw how often each sum came up.',
  'In those same rolls, which sum came up most often?',
] as const;

const ROLL = `
import random
from collections import Counter
import matplotlib.pyplot as plt

counts = Counter()
for part in range(4):
    counts.update(random.randint(1, 6) + random.randint(1, 6) for _ in range(2_500))
    mean = sum(value * times for value, times in counts.items()) / counts.total()
    print(f"{counts.total():,} rolls, the mean is {mean:.3f}", flush=True)

sums = sorted(counts)
plt.figure(figsize=(7, 3.5))
plt.bar(sums, [counts[s] for s in sums], color="#3b6fb6")
plt.xticks(sums)
plt.title("Sums of two dice, 10,000 rolls")
plt.xlabel("sum")
plt.ylabel("times")
plt.tight_layout()
plt.show()
`;

const MOST_OFTEN = `
top, times = counts.most_common(1)[0]
print(f"{top} came {times:,} times in {counts.total():,} rolls")
`;

export const script: Script = ({ asked, results: [result] }) => {
  const question = (PROPOSALS as readonly string[]).indexOf(asked.trim());
  if (question < 0) {
    return { say: `I am a script and know two questions only:\n${PROPOSALS.join('\n')}` };
  }
  if (result === undefined) return runs(question === 0 ? ROLL : MOST_OFTEN);
  if (question === 0) {
    const [mean] = /(?<=10,000 rolls, the mean is )[\d.]+/.exec(result) ?? [];
    return mean
      ? { say: `The mean of 10,000 rolls is ${mean}. The chart shows how often each sum came up.` }
      : { say: `The code did not run:\n${result}` };
  }
  const [, top, times] = /(\d+) came ([\d,]+) times/.exec(result) ?? [];
  return top
    ? { say: `The sum ${top} came up most often: ${times} times.` }
    : { say: `There are no rolls yet. Ask this first: ${PROPOSALS[0]}` };
};
