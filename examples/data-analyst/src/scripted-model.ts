/** A model without a model: fixed code, and answers made from the tool results that it reads. */
import type {
  LanguageModelV4,
  LanguageModelV4CallOptions,
  LanguageModelV4GenerateResult,
  LanguageModelV4Prompt,
} from '@ai-sdk/provider';
import { composeAnswer } from './scripted-answers.js';
import { SCRIPTED_CODE } from './scripted-code.js';

/** Sends the code of a question; when it is answered, says what the answer has. */
export function createScriptedModel(): LanguageModelV4 {
  return {
    specificationVersion: 'v4',
    provider: 'belljar',
    modelId: 'scripted',
    supportedUrls: {},
    doGenerate: ({ prompt }: LanguageModelV4CallOptions) => Promise.resolve(next(prompt)),
    doStream: () => Promise.reject(new Error('The scripted model answers in one piece.')),
  };
}

function next(prompt: LanguageModelV4Prompt): LanguageModelV4GenerateResult {
  const asked = prompt.filter(({ role }) => role === 'user').length;
  const toolResult = lastToolResult(prompt);
  const isAnswered = toolResult !== undefined;
  return {
    content: [
      isAnswered
        ? { type: 'text', text: composeAnswer(asked, toolResult) }
        : {
            type: 'tool-call',
            toolCallId: `call-${asked}`,
            toolName: 'execute_code',
            input: JSON.stringify({ code: SCRIPTED_CODE[asked - 1] ?? '' }),
          },
    ],
    finishReason: { unified: isAnswered ? 'stop' : 'tool-calls', raw: undefined },
    usage: {
      inputTokens: { total: 0, noCache: 0, cacheRead: 0, cacheWrite: 0 },
      outputTokens: { total: 0, text: 0, reasoning: 0 },
    },
    warnings: [],
  };
}

/** The text of the tool's answer when that is the last message, as a real model would read it. */
function lastToolResult(prompt: LanguageModelV4Prompt): string | undefined {
  const last = prompt.at(-1);
  const part = last?.role === 'tool' ? last.content.at(-1) : undefined;
  if (part?.type !== 'tool-result') return undefined;
  const { output } = part;
  if (output.type === 'text' || output.type === 'error-text') return output.value;
  if (output.type !== 'content') return JSON.stringify(output);
  return output.value.map((item) => (item.type === 'text' ? item.text : '')).join('\n');
}
