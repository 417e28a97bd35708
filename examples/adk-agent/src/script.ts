/** The questions, what is known of their answers, and the model that drives without a key. */
import type { Question } from '@belljar/example-shared/expected-numbers';
import { chooseModel, type Environment } from '@belljar/example-shared/model-choice';
import { runs, type Script } from '@belljar/example-shared/script';
import { ScriptedLlm } from '@belljar/example-shared/scripted-llm';
import { type BaseLlm, Gemini } from '@google/adk';

export const QUESTIONS: readonly Question[] = [
  {
    question:
      'Halve a number when it is even, else triple it and add one, until it is 1. Which number below ' +
      '10,000 takes most steps, and how many?',
    expected: { number: 6171, steps: 261 },
  },
  {
    question: 'Draw the way of that number to 1 as a line chart. What is the highest number on it?',
    expected: { highest: 975400 },
  },
];

export function chooseLlm(environment: Environment): { model: BaseLlm; label: string } {
  const choice = chooseModel(environment, { providers: ['google'] });
  const { label } = choice;
  if (choice.provider === 'scripted') return { model: new ScriptedLlm(script), label };
  return { model: new Gemini({ model: choice.name, apiKey: choice.apiKey }), label };
}

const CODE = [
  `
def way(n):
    numbers = [n]
    while n != 1:
        n = n // 2 if n % 2 == 0 else 3 * n + 1
        numbers.append(n)
    return numbers

longest = max((way(n) for n in range(1, 10_000)), key=len)
print(f"{longest[0]} takes {len(longest) - 1} steps")
`,
  `
import matplotlib.pyplot as plt

plt.plot(longest)
print(f"highest: {max(longest)}")
`,
];

const script: Script = ({ question, results: [result] }) => {
  if (result === undefined) return runs(CODE[question - 1] ?? '');
  if (question === 1) {
    const [, number, steps] = /(\d+) takes (\d+) steps/.exec(result) ?? [];
    return { say: `The number ${number} takes most steps: ${steps}.` };
  }
  const [, highest] = /highest: (\d+)/.exec(result) ?? [];
  const seen = /images: \d+ attached/.test(result) ? 'As the chart shows' : 'I saw no chart, but';
  return { say: `${seen}, the highest number on the way is ${highest}.` };
};
