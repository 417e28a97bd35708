export {
  type CodeExecutionToolOptions,
  createCodeExecutionTool,
} from './adk/code-execution-tool.js';
export { BelljarCodeExecutor, type CodeExecutorOptions } from './adk/code-executor.js';
export { createFileTools, type FileToolsOptions } from './adk/file-tools.js';
