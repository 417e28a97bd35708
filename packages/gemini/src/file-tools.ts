/** Tools for the files of the sandbox in which the code runs: list, read, write. */
import {
  createFileTools as createTools,
  type FileToolsOptions as FileToolSettings,
} from '@belljar/core/tool';
import type { CallableTool, FunctionCall, FunctionDeclaration } from '@google/genai';
import {
  createCallableTool,
  declarationOf,
  type SignalOption,
  toFunction,
} from './callable-tool.js';

/** The sandbox choice of the code execution tool beside which they stand. */
export type FileToolsOptions = FileToolSettings<FunctionCall> & SignalOption;

export interface FileToolSet extends CallableTool {
  /** For those who loop themselves: what to declare. `callTool` answers the calls. */
  functionDeclarations: FunctionDeclaration[];
}

/** `list_files`, `read_file` and `write_file` as one tool, for `config.tools`. */
export function createFileTools(options: FileToolsOptions): FileToolSet {
  const tools = Object.values(createTools<FunctionCall>(options));
  return {
    ...createCallableTool(tools.map((tool) => toFunction(tool, options))),
    functionDeclarations: tools.map((tool) => declarationOf(tool, tool.description)),
  };
}
