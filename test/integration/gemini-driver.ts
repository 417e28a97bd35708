/** Makes tool calls as the Google Gen AI SDK makes them: by automatic function calling. */
import { createCodeExecutionTool, createFileTools } from '@belljar/gemini';
import type { AdapterUnderTest, ToolOutcome, ToolRequest } from '../contracts/adapter-contract.js';
import { calls, responsesIn, startGeminiServer } from './gemini-server.js';

export const geminiDriver: AdapterUnderTest = {
  async callTool({ tool, input, options, signal }: ToolRequest): Promise<ToolOutcome> {
    const fileTools = createFileTools({ ...options, signal });
    if (isHuge(input)) {
      // The wire would carry it four times, as JSON: so it goes the way of those who loop themselves.
      const [part] = await fileTools.callTool([{ name: tool, args: input }]);
      const response = part?.functionResponse?.response;
      return { text: String(response?.output ?? response?.error), images: [], kept: response };
    }
    await using server = await startGeminiServer([calls(tool, input)]);
    const tools = [createCodeExecutionTool({ ...options, signal }), fileTools];
    const { automaticFunctionCallingHistory } = await server.client.models.generateContent({
      model: 'gemini-test',
      contents: 'go',
      config: { tools },
    });
    const [seen] = responsesIn(server.requests[1]?.contents);
    return {
      text: String(seen?.response?.output ?? seen?.response?.error),
      images: (seen?.parts ?? []).map(({ inlineData }) => ({
        mediaType: inlineData?.mimeType ?? '',
        data: inlineData?.data ?? '',
      })),
      kept: responsesIn(automaticFunctionCallingHistory).map(({ response }) => response),
    };
  },
  async description(options) {
    const { functionDeclarations } = await createCodeExecutionTool(options).tool();
    return functionDeclarations?.[0]?.description ?? '';
  },
  keepsWhatTheModelReadsOnly: true,
  showsPartialOutput: false,
};

function isHuge(input: unknown): input is { content: string } {
  const { content } = (input ?? {}) as { content?: unknown };
  return typeof content === 'string' && content.length > 10_000_000;
}
