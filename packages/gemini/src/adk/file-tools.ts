/** Tools for the files of the sandbox in which an agent's code runs. */
import {
  createFileTools as createTools,
  type FileTool,
  type FileToolsOptions as FileToolSettings,
} from '@belljar/core/tool';
import { BaseTool, type Context, type RunAsyncToolRequest } from '@google/adk';
import { declarationOf } from '../callable-tool.js';
import { type SessionSandboxChoice, withSessionKey } from './session-key.js';

/** The sandbox choice of the code execution tool beside which they stand. */
export type FileToolsOptions = SessionSandboxChoice<Context> &
  Omit<FileToolSettings<Context>, keyof SessionSandboxChoice<Context>>;

/** `list_files`, `read_file` and `write_file`, for `LlmAgent({ tools })`. */
export function createFileTools(options: FileToolsOptions): BaseTool[] {
  const chosen = withSessionKey(options, ({ invocationContext }: Context) => invocationContext);
  return Object.values(createTools<Context>(chosen)).map((tool) => new SandboxFileTool(tool));
}

class SandboxFileTool extends BaseTool {
  readonly #tool: FileTool<Context>;

  constructor(tool: FileTool<Context>) {
    super({ name: tool.name, description: tool.description });
    this.#tool = tool;
  }

  override _getDeclaration(): ReturnType<BaseTool['_getDeclaration']> {
    return declarationOf(this.#tool, this.description) as ReturnType<BaseTool['_getDeclaration']>;
  }

  override async runAsync({ args, toolContext }: RunAsyncToolRequest) {
    const signal = toolContext.abortSignal;
    const { status, text } = await this.#tool.run(args, toolContext, { signal });
    return status === 'refused' ? { error: text } : { output: text };
  }
}
