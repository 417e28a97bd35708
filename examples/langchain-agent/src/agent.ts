/** A LangGraph agent of two nodes, the model and its tools; its thread's sandbox runs the code. */
import type { Engine } from '@belljar/core';
import { chatModel } from '@belljar/example-shared/langchain-model';
import type { ModelChoice } from '@belljar/example-shared/model-choice';
import type { Transcript } from '@belljar/example-shared/transcript';
import { createCodeExecutionTool } from '@belljar/langchain';
import { SystemMessage } from '@langchain/core/messages';
import {
  type BaseCheckpointSaver,
  MessagesAnnotation,
  START,
  StateGraph,
} from '@langchain/langgraph';
import { ToolNode, toolsCondition } from '@langchain/langgraph/prebuilt';
import { script } from './script.js';

const INSTRUCTIONS = new SystemMessage(
  'Compute with the tool execute_code, never guess. Its variables stay: use those that are there. ' +
    'Answer in one sentence.',
);

export interface AgentOptions {
  choice: ModelChoice;
  engine: Engine;
  checkpointer: BaseCheckpointSaver;
  transcript: Transcript;
}

export function createGraph({ choice, engine, checkpointer, transcript }: AgentOptions) {
  const tools = [
    createCodeExecutionTool({
      engine,
      images: choice.images,
      onCode: (code) => transcript.block('code', code),
    }),
  ];
  const model = chatModel(choice, script).bindTools(tools);
  return new StateGraph(MessagesAnnotation)
    .addNode('model', async ({ messages }) => ({
      messages: [await model.invoke([INSTRUCTIONS, ...messages])],
    }))
    .addNode('tools', new ToolNode(tools))
    .addEdge(START, 'model')
    .addConditionalEdges('model', toolsCondition)
    .addEdge('tools', 'model')
    .compile({ checkpointer });
}
