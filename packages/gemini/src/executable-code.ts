/** Gemini's own form for code and its result: parts of the model's content. */
import type { CodeExecutionResult, Part } from '@google/genai';
import type { Answer } from './callable-tool.js';

type OutcomeName = `${NonNullable<CodeExecutionResult['outcome']>}`;

/** The result, then images: the order in which Gemini itself gives them. */
export function answerParts({ status, text, images = [] }: Answer, id: string | undefined): Part[] {
  const result = { outcome: outcomeOf(status), output: text, ...(id !== undefined && { id }) };
  return [
    { codeExecutionResult: result as CodeExecutionResult },
    ...images.map(({ mediaType, data }) => ({ inlineData: { mimeType: mediaType, data } })),
  ];
}

export function outcomeOf(status: string): OutcomeName {
  if (status === 'ok') return 'OUTCOME_OK';
  return status === 'timeout' ? 'OUTCOME_DEADLINE_EXCEEDED' : 'OUTCOME_FAILED';
}
