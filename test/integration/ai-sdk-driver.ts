/** Makes tool calls as the AI SDK makes them: by a streaming agent loop, with its UI stream. */
import { createCodeExecutionTool, createFileTools } from '@belljar/ai-sdk';
import { isStepCount, streamText } from 'ai';
import type { AdapterUnderTest, ToolOutcome, ToolRequest } from '../contracts/adapter-contract.js';
import { modelThatCalls, seenByModel } from './ai-sdk-model.js';

export const aiSdkDriver: AdapterUnderTest = {
  async callTool({ tool, input, options, signal, onPartial }: ToolRequest): Promise<ToolOutcome> {
    const tools = { execute_code: createCodeExecutionTool(options), ...createFileTools(options) };
    const model = modelThatCalls(tool, [input]);
    const stopWhen = isStepCount(2);
    const result = streamText({ model, prompt: 'go', tools, stopWhen, abortSignal: signal });
    const kept: unknown[] = [];
    for await (const chunk of result.toUIMessageStream()) {
      if (chunk.type !== 'tool-output-available') continue;
      const output = chunk.output as { text: string };
      if (chunk.preliminary && output.text.startsWith('status: running')) onPartial?.(output.text);
      if (!chunk.preliminary) kept.push(output);
    }
    const seen = seenByModel(model);
    const sent = new Set(seen.images.map(({ data }) => data));
    const withoutImages = JSON.stringify(kept, (_, value) => (sent.has(value) ? '' : value));
    return { ...seen, kept: JSON.parse(withoutImages) };
  },
  description: (options) => String(createCodeExecutionTool(options).description),
  showsPartialOutput: true,
};
