export {
  type CodeExecutionOutput,
  type CodeExecutionToolCallbacks,
  type CodeExecutionToolOptions,
  createCodeExecutionTool,
} from './code-execution-tool.js';
