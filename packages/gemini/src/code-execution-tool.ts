/** The code execution tool for `generateContent`, `generateContentStream` and chats. */
import { type CodeToolOptions, createCodeTool } from '@belljar/core/tool';
import type { CallableTool, FunctionCall, FunctionDeclaration, Part } from '@google/genai';
import {
  createCallableTool,
  declarationOf,
  type SignalOption,
  toFunction,
} from './callable-tool.js';
import { answerParts } from './executable-code.js';

/**
 * `{ sandbox }`, or `{ engine, key }` for one sandbox a conversation. Functions among the options
 * are given the model's `FunctionCall`.
 */
export type CodeExecutionToolOptions = CodeToolOptions<FunctionCall> & SignalOption;

export interface CodeExecutionTool extends CallableTool {
  /** For those who loop themselves: what to declare. `callTool` answers the calls. */
  functionDeclarations: FunctionDeclaration[];
  /**
   * Runs the code of a model's `executableCode` part. The answer is its `codeExecutionResult` part,
   * and after it the images: to be put behind it in the model's content. Nothing for other parts.
   */
  answerExecutableCode(part: Part): Promise<Part[]>;
}

/**
 * A tool that runs code in a Belljar sandbox, for `config.tools`. An exception, a timeout or a limit
 * is an answer for the model; only a failure of the host throws, or the end of `signal`.
 */
export function createCodeExecutionTool(options: CodeExecutionToolOptions): CodeExecutionTool {
  const tool = createCodeTool<FunctionCall>(options);
  const callable = toFunction(tool, options, () => tool.describe());
  return {
    ...createCallableTool([callable]),
    functionDeclarations: [declarationOf(tool, tool.description)],
    async answerExecutableCode({ executableCode }) {
      if (!executableCode) return [];
      const { id, code } = executableCode;
      const call = { name: tool.name, args: { code }, ...(id !== undefined && { id }) };
      return answerParts(await callable.answer(call), id);
    },
  };
}
