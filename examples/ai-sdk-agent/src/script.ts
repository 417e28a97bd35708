/** The questions, what is known of their answers, and the model that drives without a key. */
import type { Question } from '@belljar/example-shared/expected-numbers';
import { runs, type Script } from '@belljar/example-shared/script';

export const QUESTIONS: readonly Question[] = [
  {
    question: 'How many prime numbers are there below 100,000? Print the count at each 20,000.',
    expected: { primes: 9592 },
  },
  {
    question: 'Of those, which two neighbours are farthest apart, and how far?',
    expected: { gap: 72, below: 31397, above: 31469 },
  },
];

const CODE = [
  `
sieve = bytearray([1]) * 100_000
sieve[:2] = b"\\0\\0"
for n in range(2, 317):
    if sieve[n]:
        sieve[n * n :: n] = bytes(len(range(n * n, 100_000, n)))
primes = [n for n, is_prime in enumerate(sieve) if is_prime]
for limit in range(20_000, 100_001, 20_000):
    print(f"below {limit:,}: {sum(p < limit for p in primes):,}", flush=True)
`,
  `
gap, below = max((b - a, a) for a, b in zip(primes, primes[1:]))
print(f"{gap} between {below} and {below + gap}")
`,
];

export const script: Script = ({ question, results: [result] }) => {
  if (result === undefined) return runs(CODE[question - 1] ?? '');
  if (question === 1) {
    const [count] = /(?<=below 100,000: ).*/.exec(result) ?? ['no'];
    return { say: `There are ${count} prime numbers below 100,000.` };
  }
  const [, gap, below, above] = /(\d+) between (\d+) and (\d+)/.exec(result) ?? [];
  return { say: `The primes ${below} and ${above} are ${gap} apart; no neighbours are farther.` };
};
