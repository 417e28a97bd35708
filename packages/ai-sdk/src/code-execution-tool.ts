import type { Execution, ExecutionStatus, Language, OutputFile, Sandbox } from '@belljar/core';
import {
  CODE_FIELD_DESCRIPTION,
  chooseImages,
  chooseSandbox,
  describeTool,
  type Environment,
  formatExecution,
  formatRefusal,
  type ImageLimits,
  MISSING_CODE,
  type ModelImage,
  repairCode,
  type SandboxChoice,
  unwrapToolInput,
} from '@belljar/core/tool';
import { type FlexibleSchema, type Tool, type ToolExecutionOptions, tool } from 'ai';
import { z } from 'zod';
import { toModelOutput } from './to-model-output.js';

/** What the tool answers. JSON; the full execution goes to `onExecution`. */
export type CodeExecutionOutput = {
  /** `refused`: nothing ran, the text says why. */
  status: ExecutionStatus | 'refused';
  /** What the model reads. */
  text: string;
  /** What the model sees; empty when nothing was drawn. */
  images: ModelImage[];
  files: Pick<OutputFile, 'name' | 'sizeBytes' | 'mimeType' | 'change'>[];
  executionId?: string | undefined;
  sandboxId: string;
};

export interface CodeExecutionToolCallbacks<Call> {
  /** The code as it runs, after repair. */
  onCode?: ((code: string, call: Call) => void) | undefined;
  onStdout?: ((text: string, call: Call) => void) | undefined;
  onStderr?: ((text: string, call: Call) => void) | undefined;
  /** The execution and its sandbox, before the model reads of it. The answer waits for it. */
  onExecution?:
    | ((execution: Execution, sandbox: Sandbox, call: Call) => void | Promise<void>)
    | undefined;
}

/**
 * `{ sandbox }`, or `{ engine, key }` for one sandbox a conversation. A `key` function is given
 * what the AI SDK tells of the call: `toolCallId`, `messages`, `abortSignal`, `context`.
 */
export type CodeExecutionToolOptions<CONTEXT extends Context = Context> = SandboxChoice<
  ToolExecutionOptions<CONTEXT>
> &
  CodeExecutionToolCallbacks<ToolExecutionOptions<CONTEXT>> & {
    /** Types and checks `context`, which the caller gives as `toolsContext`. */
    contextSchema?: FlexibleSchema<CONTEXT> | undefined;
    /** Wall time of one call. Default: the sandbox's limit. Exceeded, the call is undone. */
    timeoutMs?: number | undefined;
    /** Characters of one answer. Default 20,000; what is longer is cut in the middle. */
    maxOutputCharacters?: number | undefined;
    /** `'artifact-only'` for endpoints that take no images in tool results. */
    images?: 'to-model' | 'artifact-only' | undefined;
    imageLimits?: ImageLimits | undefined;
    /** From `probeEnvironment(engine)`: version and libraries for the description. */
    environment?: Environment | undefined;
    /** Default: a description made from language, limits and environment. */
    description?: string | undefined;
  };

type Context = Record<string, unknown>;
type Call<CONTEXT extends Context> = ToolExecutionOptions<CONTEXT>;
type CodeInput = { code: string };

const inputSchema: z.ZodType<CodeInput> = z.preprocess(
  unwrapToolInput,
  z.object({
    code: z.string({ error: MISSING_CODE }).describe(CODE_FIELD_DESCRIPTION),
  }),
);

/**
 * A tool that runs code in a Belljar sandbox. An exception, a timeout or a limit is an answer for
 * the model; only a failure of the host throws. The call's abort signal ends the code.
 */
export function createCodeExecutionTool<CONTEXT extends Context = Context>(
  options: CodeExecutionToolOptions<CONTEXT>,
): Tool<CodeInput, CodeExecutionOutput, CONTEXT> {
  const definition = {
    description: options.description ?? describeFor(options),
    inputSchema,
    ...(options.contextSchema && { contextSchema: options.contextSchema }),
    execute: (input: CodeInput, call: Call<CONTEXT>) => runCode(input.code, call, options),
    toModelOutput: ({ output }: { output: CodeExecutionOutput }) =>
      toModelOutput(output, options.images !== 'artifact-only'),
  };
  return tool(definition) as Tool<CodeInput, CodeExecutionOutput, CONTEXT>;
}

async function runCode<CONTEXT extends Context>(
  sent: string,
  call: Call<CONTEXT>,
  options: CodeExecutionToolOptions<CONTEXT>,
): Promise<CodeExecutionOutput> {
  const sandbox = await chooseSandbox<Call<CONTEXT>>(options, call);
  const { code, notes } = repairCode(sent, sandbox.info.language);
  options.onCode?.(code, call);
  let execution: Execution;
  try {
    execution = await sandbox.execute({
      code,
      timeoutMs: options.timeoutMs,
      signal: call.abortSignal,
      onStdout: options.onStdout && ((text) => options.onStdout?.(text, call)),
      onStderr: options.onStderr && ((text) => options.onStderr?.(text, call)),
    });
  } catch (error) {
    const text = formatRefusal(error);
    if (text === undefined) throw error;
    return { status: 'refused', text, images: [], files: [], sandboxId: sandbox.id };
  }
  await options.onExecution?.(execution, sandbox, call);
  return answer(execution, sandbox, notes, options);
}

function answer(
  execution: Execution,
  sandbox: Sandbox,
  notes: readonly string[],
  options: Pick<
    CodeExecutionToolOptions,
    'images' | 'imageLimits' | 'maxOutputCharacters' | 'timeoutMs'
  >,
): CodeExecutionOutput {
  const images = chooseImages(execution, options.imageLimits);
  const text = formatExecution(execution, {
    maxOutputCharacters: options.maxOutputCharacters,
    images,
    imagesAttached: options.images !== 'artifact-only',
    timeoutMs: options.timeoutMs ?? sandbox.info.limits.timeoutMs,
    notes,
  });
  return {
    status: execution.status,
    text,
    images: images.images,
    files: execution.files.map(({ name, sizeBytes, mimeType, change }) => ({
      name,
      sizeBytes,
      mimeType,
      change,
    })),
    executionId: execution.id,
    sandboxId: sandbox.id,
  };
}

function describeFor<CONTEXT extends Context>(options: CodeExecutionToolOptions<CONTEXT>): string {
  const known = typeof options.sandbox === 'object' ? options.sandbox.info : options.create;
  const language: Language | undefined = known?.language;
  return describeTool({
    language,
    limits: known?.limits,
    environment: options.environment,
    timeoutMs: options.timeoutMs,
  });
}
