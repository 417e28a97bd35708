import {
  type CodeAnswer,
  type CodeToolCallbacks,
  type CodeToolSettings,
  createCodeTool,
  type ExecutionSummary,
  type PartialAnswer,
} from '@belljar/core/tool';
import type { ContentBlock } from '@langchain/core/messages';
import { type DynamicStructuredTool, type ToolRuntime, tool } from '@langchain/core/tools';
import { type ThreadSandboxChoice, withThread } from './sandbox-choice.js';

/**
 * `{ engine }` for a sandbox of each thread's own, `{ engine, key }`, or `{ sandbox }`. A function
 * is given the runtime of the call: `configurable`, `context`, `state`, `toolCallId`, `signal`.
 */
export type CodeExecutionToolOptions = ThreadSandboxChoice<ToolRuntime> &
  CodeToolCallbacks<ToolRuntime> &
  CodeToolSettings;

/**
 * The artifact of the tool's message: plain JSON of at most 20 KB, with images that the model is not
 * shown at most 64 KB together with the message. The full execution goes to `onExecution`.
 */
export type CodeExecutionArtifact = ExecutionSummary | { status: 'refused'; sandboxId: string };

/** What the runtime's writer gets while code runs: `streamMode: 'custom'` shows it. */
export interface PartialOutputEvent extends PartialAnswer {
  tool: string;
  toolCallId: string | undefined;
}

/**
 * A tool that runs code in a Belljar sandbox. An exception, a timeout or a limit is an answer for
 * the model; only a failure of the host throws. The run's abort signal ends the code.
 */
export function createCodeExecutionTool(options: CodeExecutionToolOptions): DynamicStructuredTool {
  const code = createCodeTool<ToolRuntime>(withThread(options));
  const run = async (
    input: unknown,
    runtime: ToolRuntime,
  ): Promise<[ContentBlock[], CodeExecutionArtifact]> => {
    const toolCallId = runtime.toolCall?.id ?? runtime.toolCallId;
    const answer = await code.run(input, runtime, {
      signal: runtime.signal,
      // Outside of a graph there is no writer.
      onPartial: (partial) =>
        runtime.writer?.({ tool: code.name, toolCallId, ...partial } satisfies PartialOutputEvent),
    });
    return [contentOf(answer), artifactOf(answer)];
  };
  const { name, description, schema } = code;
  return tool(run, { name, description, schema, responseFormat: 'content_and_artifact' });
}

/**
 * Images as data URLs: the one form that the model classes of Anthropic, Google and OpenAI all pass
 * on in a tool's message. `contentBlocks` has them as standard image blocks.
 */
function contentOf({ text, images }: CodeAnswer): ContentBlock[] {
  return [
    { type: 'text', text },
    ...images.map(({ mediaType, data }) => ({
      type: 'image_url',
      image_url: { url: `data:${mediaType};base64,${data}` },
    })),
  ];
}

function artifactOf({ summary, sandboxId }: CodeAnswer): CodeExecutionArtifact {
  return summary ?? { status: 'refused', sandboxId };
}
