import {
  type FileToolsOptions as CoreFileToolsOptions,
  createFileTools as createCoreFileTools,
  type FileAnswer,
  type FileTool,
} from '@belljar/core/tool';
import { type FlexibleSchema, jsonSchema, type Tool, type ToolExecutionOptions, tool } from 'ai';
import type { Context } from './code-execution-tool.js';

export type FileToolsOptions<CONTEXT extends Context = Context> = CoreFileToolsOptions<
  ToolExecutionOptions<CONTEXT>
> & {
  /** Types and checks `context`, which the caller gives as `toolsContext`. */
  contextSchema?: FlexibleSchema<CONTEXT> | undefined;
};

type FileToolOf<CONTEXT extends Context> = Tool<Record<string, unknown>, FileAnswer, CONTEXT>;

/**
 * `list_files`, `read_file` and `write_file` for the sandboxes of a code execution tool with the
 * same options. Give the model those that it needs.
 */
export function createFileTools<CONTEXT extends Context = Context>(
  options: FileToolsOptions<CONTEXT>,
): Record<'list_files' | 'read_file' | 'write_file', FileToolOf<CONTEXT>> {
  const tools = createCoreFileTools<ToolExecutionOptions<CONTEXT>>(options);
  const wrap = (fileTool: FileTool<ToolExecutionOptions<CONTEXT>>): FileToolOf<CONTEXT> => {
    const definition = {
      description: fileTool.description,
      inputSchema: jsonSchema<Record<string, unknown>>(fileTool.parameters),
      ...(options.contextSchema && { contextSchema: options.contextSchema }),
      execute: (input: unknown, call: ToolExecutionOptions<CONTEXT>) =>
        fileTool.run(input, call, { signal: call.abortSignal }),
      toModelOutput: ({ output }: { output: FileAnswer }) =>
        ({ type: 'text', value: output.text }) as const,
    };
    return tool(definition) as FileToolOf<CONTEXT>;
  };
  return {
    list_files: wrap(tools.list_files),
    read_file: wrap(tools.read_file),
    write_file: wrap(tools.write_file),
  };
}
