import type { ExecutionStatus } from '@belljar/core';
import {
  type CodeAnswer,
  type CodeToolOptions,
  createCodeTool,
  type ExecutionSummary,
  type PartialAnswer,
} from '@belljar/core/tool';
import { type FlexibleSchema, jsonSchema, type Tool, type ToolExecutionOptions, tool } from 'ai';
import { toModelOutput } from './to-model-output.js';
import { withPartials } from './with-partials.js';

/**
 * What the tool answers. Plain JSON of at most 64 KB, but for the images that go to the model; the
 * full execution goes to `onExecution`.
 */
export type CodeExecutionOutput = {
  /** `running`: a preliminary result. `refused`: nothing ran, the text says why. */
  status: ExecutionStatus | 'refused' | 'running';
  /** What the model reads. */
  text: string;
  /** What was drawn. With `images: 'artifact-only'`, without `data` where 64 KB have no room. */
  images: ExecutionSummary['images'];
  /** Names and sizes of the first 100. */
  files: ExecutionSummary['files'];
  executionId?: string | undefined;
  sandboxId: string;
};

/**
 * `{ sandbox }`, or `{ engine, key }` for one sandbox a conversation. A `key` function is given
 * what the AI SDK tells of the call: `toolCallId`, `messages`, `abortSignal`, `context`.
 */
export type CodeExecutionToolOptions<CONTEXT extends Context = Context> = CodeToolOptions<
  ToolExecutionOptions<CONTEXT>
> & {
  /** Types and checks `context`, which the caller gives as `toolsContext`. */
  contextSchema?: FlexibleSchema<CONTEXT> | undefined;
};

export type Context = Record<string, unknown>;

/**
 * A tool that runs code in a Belljar sandbox. An exception, a timeout or a limit is an answer for
 * the model; only a failure of the host throws. The call's abort signal ends the code. What the code
 * prints comes as preliminary results while it runs.
 */
export function createCodeExecutionTool<CONTEXT extends Context = Context>(
  options: CodeExecutionToolOptions<CONTEXT>,
): Tool<{ code: string }, CodeExecutionOutput, CONTEXT> {
  const code = createCodeTool<ToolExecutionOptions<CONTEXT>>(options);
  const toModel = options.images !== 'artifact-only';
  const definition = {
    description: code.description,
    // Without a check: what is wrong with an input is answered by the tool.
    inputSchema: jsonSchema<{ code: string }>(code.parameters),
    ...(options.contextSchema && { contextSchema: options.contextSchema }),
    execute: (input: unknown, call: ToolExecutionOptions<CONTEXT>) =>
      withPartials(
        (hooks) => code.run(input, call, hooks).then(asOutput),
        asPreliminary,
        call.abortSignal,
      ),
    toModelOutput: ({ output }: { output: CodeExecutionOutput }) => toModelOutput(output, toModel),
  };
  return tool(definition) as Tool<{ code: string }, CodeExecutionOutput, CONTEXT>;
}

function asOutput({ status, text, images, summary, sandboxId }: CodeAnswer): CodeExecutionOutput {
  return {
    status,
    text,
    images: images.length > 0 ? images : (summary?.images ?? []),
    files: summary?.files ?? [],
    executionId: summary?.executionId,
    sandboxId,
  };
}

function asPreliminary(partial: PartialAnswer): CodeExecutionOutput {
  return { ...partial, images: [], files: [] };
}
