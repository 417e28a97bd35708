export {
  type CodeExecutionOutput,
  type CodeExecutionToolOptions,
  createCodeExecutionTool,
} from './code-execution-tool.js';
export { createFileTools, type FileToolsOptions } from './file-tools.js';
