import {
  createFileTools as createCoreFileTools,
  type FileAnswer,
  type FileTool,
} from '@belljar/core/tool';
import { type DynamicStructuredTool, type ToolRuntime, tool } from '@langchain/core/tools';
import { type ThreadSandboxChoice, withThread } from './sandbox-choice.js';

export type FileToolsOptions = ThreadSandboxChoice<ToolRuntime> & {
  /** Characters of one answer. Default 20,000. */
  maxOutputCharacters?: number | undefined;
};

/** The artifact of a file tool's message; its content is the text. */
export type FileArtifact = Omit<FileAnswer, 'text'>;

/**
 * `list_files`, `read_file` and `write_file` for the sandboxes of a code execution tool with the
 * same options. Give the model those that it needs.
 */
export function createFileTools(options: FileToolsOptions): DynamicStructuredTool[] {
  const { list_files, read_file, write_file } = createCoreFileTools<ToolRuntime>(
    withThread(options),
  );
  return [list_files, read_file, write_file].map(wrap);
}

function wrap(fileTool: FileTool<ToolRuntime>): DynamicStructuredTool {
  const run = async (input: unknown, runtime: ToolRuntime): Promise<[string, FileArtifact]> => {
    const { text, ...artifact } = await fileTool.run(input, runtime, { signal: runtime.signal });
    return [text, artifact];
  };
  const { name, description, schema } = fileTool;
  return tool(run, { name, description, schema, responseFormat: 'content_and_artifact' });
}
