/** A model without a model: what it says follows from what it reads, in every framework alike. */

/** What a scripted model reads. */
export interface ReadSoFar {
  /** Number of the user's message that is being answered, from 1. */
  question: number;
  /** That message. */
  asked: string;
  /** Text of the tools' answers since then, the oldest first. */
  results: string[];
}

/** A tool call, or the answer that ends the turn. */
export type Step = { call: string; input: Record<string, unknown> } | { say: string };

/**
 * Decides the next step. Its code is fixed; its answers are to be made from `results`, as a real
 * model's are, so that they are wrong when the results are.
 */
export type Script = (read: ReadSoFar) => Step;

/** A call of the code execution tool. */
export function runs(code: string): Step {
  return { call: 'execute_code', input: { code: code.trim() } };
}
