export {
  type CodeExecutionArtifact,
  type CodeExecutionToolOptions,
  createCodeExecutionTool,
  type PartialOutputEvent,
} from './code-execution-tool.js';
export { createFileTools, type FileArtifact, type FileToolsOptions } from './file-tools.js';
export type { ThreadSandboxChoice } from './sandbox-choice.js';
