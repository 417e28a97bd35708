/** One turn: the agent's answer to the last message, as the stream that the page reads. */
import { createCodeExecutionTool } from '@belljar/ai-sdk';
import type { Engine } from '@belljar/core';
import type { Environment } from '@belljar/core/tool';
import {
  createAgentUIStream,
  generateId,
  type LanguageModel,
  ToolLoopAgent,
  type UIMessage,
  type UIMessageChunk,
} from 'ai';

export interface Answering {
  engine: Engine;
  environment: Environment;
  model: LanguageModel;
  images: 'to-model' | 'artifact-only';
}

export interface Turn {
  /** Key of the sandbox. */
  conversation: string;
  messages: UIMessage[];
  signal: AbortSignal;
  /** Called once with all messages, the answer included, also after the signal. */
  onEnd: (messages: UIMessage[]) => Promise<void>;
}

const INSTRUCTIONS = [
  'Compute with the tool execute_code, never guess. Variables persist between calls: use them.',
  'Show charts with matplotlib and plt.show(). Answer in plain text, in two or three sentences.',
].join('\n');

export async function answer(
  { engine, environment, model, images }: Answering,
  { conversation, messages, signal, onEnd }: Turn,
): Promise<ReadableStream<UIMessageChunk>> {
  const agent = new ToolLoopAgent({
    model,
    instructions: INSTRUCTIONS,
    tools: {
      execute_code: createCodeExecutionTool({ engine, key: conversation, environment, images }),
    },
  });
  return createAgentUIStream({
    agent,
    uiMessages: messages,
    abortSignal: signal,
    generateMessageId: generateId,
    onError: (error) => (error instanceof Error ? error.message : String(error)),
    onEnd: (end) => onEnd(end.messages),
  });
}
