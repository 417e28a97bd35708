/** Makes tool calls as LangChain makes them: by an agent, over LangGraph's checkpointer. */
import {
  createCodeExecutionTool,
  createFileTools,
  type PartialOutputEvent,
} from '@belljar/langchain';
import { AIMessage, type BaseMessage, ToolMessage } from '@langchain/core/messages';
import { fakeModel } from '@langchain/core/testing';
import { MemorySaver } from '@langchain/langgraph';
import { createAgent } from 'langchain';
import type { AdapterUnderTest, ToolOutcome, ToolRequest } from '../contracts/adapter-contract.js';

/** One tool call, then the end. The input may be what no model class would make of an answer. */
export function modelThatCalls(name: string, input: unknown) {
  const call = { name, args: input as Record<string, unknown>, id: 'call-1' };
  return fakeModel().respondWithTools([call]).respond(new AIMessage('done'));
}

export const langchainDriver: AdapterUnderTest = {
  async callTool({ tool, input, options, signal, onPartial }: ToolRequest): Promise<ToolOutcome> {
    const model = modelThatCalls(tool, input);
    const tools = [createCodeExecutionTool(options), ...createFileTools(options)];
    // It would write what the model sent, 99 MB, many times.
    const checkpointer = tool === 'write_file' ? undefined : new MemorySaver();
    const agent = createAgent({ model, tools, checkpointer });
    const configurable = { thread_id: 'driver' };
    const messages = [{ role: 'user', content: 'go' }];
    const config = { configurable, signal, streamMode: 'custom' } as const;
    for await (const event of await agent.stream({ messages }, config)) {
      onPartial?.((event as PartialOutputEvent).text);
    }
    return {
      ...seenIn(model.calls.at(-1)?.messages),
      kept: checkpointer && (await keptIn(checkpointer)),
    };
  },
  description: (options) => createCodeExecutionTool(options).description,
  showsPartialOutput: true,
};

/** What the model was given as the last tool's answer. */
export function seenIn(messages: BaseMessage[] = []): Omit<ToolOutcome, 'kept'> {
  const message = messages.findLast((one) => ToolMessage.isInstance(one));
  const blocks = message?.contentBlocks ?? [];
  return {
    text: blocks.flatMap((block) => (block.type === 'text' ? [block.text] : [])).join('\n'),
    images: blocks.flatMap((block) =>
      block.type === 'image'
        ? [{ mediaType: String(block.mimeType), data: String(block.data) }]
        : [],
    ),
  };
}

/** The tool's message as another process would load it. */
async function keptIn(checkpointer: MemorySaver): Promise<unknown> {
  const tuple = await checkpointer.getTuple({ configurable: { thread_id: 'driver' } });
  const messages = tuple?.checkpoint.channel_values.messages as BaseMessage[];
  const message = messages.find((one) => ToolMessage.isInstance(one));
  const content = [message?.content].flat().map((block) => {
    return typeof block === 'object' && block.type === 'image_url' ? { type: block.type } : block;
  });
  return { content, artifact: message?.artifact };
}
