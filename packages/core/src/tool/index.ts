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
export { cutText, shareBudget } from './cut-text.js';
export {
  CODE_FIELD_DESCRIPTION,
  describeTool,
  MISSING_CODE,
  TOOL_NAME,
  type ToolDescriptionOptions,
} from './describe-tool.js';
export { type FormatOptions, formatExecution, textOf } from './format-execution.js';
export { formatRefusal } from './format-refusal.js';
export {
  MAX_DESCRIPTION_CHARACTERS,
  MAX_FILES_NAMED,
  MAX_IMAGE_BYTES,
  MAX_IMAGES,
  MAX_OUTPUT_CHARACTERS,
  MIN_OUTPUT_CHARACTERS,
} from './limits.js';
export { type Environment, type Library, probeEnvironment } from './probe-environment.js';
export { formatBytes, formatDuration } from './quantities.js';
export { type RepairedCode, repairCode, unwrapToolInput } from './repair-code.js';
export { adviceFor, statusLine } from './status-advice.js';
