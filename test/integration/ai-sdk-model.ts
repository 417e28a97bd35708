/** A model of the AI SDK's own test kit, and what it was told. */
import { MockLanguageModelV4, simulateReadableStream } from 'ai/test';
import type { ToolOutcome } from '../contracts/adapter-contract.js';

type SeenByModel = Pick<ToolOutcome, 'text' | 'images'>;

const usage = {
  inputTokens: { total: 1, noCache: 1, cacheRead: 0, cacheWrite: 0 },
  outputTokens: { total: 1, text: 1, reasoning: 0 },
};

/** Calls the tool once for each input, one step after the other, then says `done`. */
export function modelThatCalls(toolName: string, inputs: readonly unknown[]): MockLanguageModelV4 {
  let step = 0;
  const next = () => {
    const index = step++;
    return index < inputs.length
      ? {
          type: 'tool-call' as const,
          toolCallId: `call-${index}`,
          toolName,
          input: JSON.stringify(inputs[index]),
        }
      : undefined;
  };
  return new MockLanguageModelV4({
    doGenerate: async () => {
      const call = next();
      return {
        content: [call ?? { type: 'text', text: 'done' }],
        finishReason: { unified: call ? 'tool-calls' : 'stop', raw: undefined },
        usage,
        warnings: [],
      };
    },
    doStream: async () => {
      const call = next();
      const finishReason = { unified: call ? 'tool-calls' : 'stop', raw: undefined } as const;
      return {
        stream: simulateReadableStream({
          chunks: [
            { type: 'stream-start', warnings: [] },
            ...(call ? [call] : []),
            { type: 'finish', finishReason, usage },
          ],
        }),
      };
    },
  });
}

/** The answer to the last tool call, as it stood in the prompt of the step after it. */
export function seenByModel(model: MockLanguageModelV4): SeenByModel {
  const calls = [...model.doGenerateCalls, ...model.doStreamCalls];
  const message = calls.at(-1)?.prompt.at(-1);
  const part = message?.role === 'tool' ? message.content.at(-1) : undefined;
  if (part?.type !== 'tool-result') throw new Error('No tool result reached the model.');
  const { output } = part;
  if (output.type !== 'content') {
    const value = 'value' in output ? output.value : '';
    return { text: typeof value === 'string' ? value : JSON.stringify(value), images: [] };
  }
  const seen: SeenByModel = { text: '', images: [] };
  for (const item of output.value) {
    if (item.type === 'text') seen.text += item.text;
    if (item.type === 'file' && item.data.type === 'data') {
      seen.images.push({ mediaType: item.mediaType, data: String(item.data.data) });
    }
  }
  return seen;
}
