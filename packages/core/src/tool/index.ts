/** What every adapter of a code execution tool needs and no framework provides. */
export {
  type ChosenImages,
  chooseImages,
  type ImageLimits,
  type ImageMediaType,
  imageOf,
  type ModelImage,
} from './choose-images.js';
export { chooseSandbox, type SandboxChoice } from './choose-sandbox.js';
export {
  type CodeAnswer,
  type CodeTool,
  type CodeToolCallbacks,
  type CodeToolOptions,
  type CodeToolSettings,
  createCodeTool,
} from './code-tool.js';
export { cutText, cutToJsonBytes, jsonBytes, shareBudget } from './cut-text.js';
export {
  CODE_FIELD_DESCRIPTION,
  describeTool,
  MISSING_CODE,
  TOOL_NAME,
  type ToolDescriptionOptions,
} from './describe-tool.js';
export {
  type ExecutionSummary,
  type SummarizedFile,
  type SummarizedImage,
  summarizeExecution,
} from './execution-summary.js';
export {
  createFileTools,
  type FileAnswer,
  type FileTool,
  type FileTools,
  type FileToolsOptions,
} from './file-tools.js';
export { type FormatOptions, formatExecution, textOf } from './format-execution.js';
export { formatRefusal } from './format-refusal.js';
export {
  MAX_DESCRIPTION_CHARACTERS,
  MAX_FILES_NAMED,
  MAX_IMAGE_BYTES,
  MAX_IMAGES,
  MAX_OUTPUT_CHARACTERS,
  MAX_STATE_BYTES,
  MIN_OUTPUT_CHARACTERS,
} from './limits.js';
export type { ModelTool, PartialAnswer, RunHooks } from './model-tool.js';
export { type Environment, type Library, probeEnvironment } from './probe-environment.js';
export { formatBytes, formatDuration } from './quantities.js';
export { type RepairedCode, repairCode, unwrapToolInput } from './repair-code.js';
export { adviceFor, statusLine } from './status-advice.js';
export { compareVariables, executeWithChanges, type VariableChanges } from './variable-changes.js';
