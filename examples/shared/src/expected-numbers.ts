/** Numbers that an answer in words must have. */
import { AssertionError } from 'node:assert';

export interface Expectation {
  what: string;
  value: number;
}

/** A question to an agent, and the numbers that its answer must name. */
export interface Question {
  question: string;
  expected: Readonly<Record<string, number>>;
}

/** Those of the expectations that an answer does not name, to two decimals. */
export function missingFrom(answer: string, expectations: readonly Expectation[]): Expectation[] {
  const named = [
    ...answer.replace(/[−–](?=\d)/g, '-').matchAll(/(?:(?<![\d.])-)?\d[\d,]*(?:\.\d+)?/g),
  ].map((match) => Number(match[0].replaceAll(',', '')));
  return expectations.filter(
    ({ value }) => !named.some((number) => Math.abs(number - value) <= 0.005 + 1e-9),
  );
}

/** Throws where an answer lacks one of them: the example ends with exit code 1. */
export function assertNames(answer: string, numbers: Readonly<Record<string, number>>): void {
  const expectations = Object.entries(numbers).map(([what, value]) => ({ what, value }));
  const [missing] = missingFrom(answer, expectations);
  if (missing === undefined) return;
  const message = `The answer does not say ${missing.what}: ${missing.value}`;
  throw new AssertionError({ message, actual: answer, expected: missing.value });
}
