export { createEngine } from './create-engine.js';
export type {
  DoctorReport,
  LayerReport,
  MachineReport,
  RuntimeReport,
} from './doctor/report.js';
export type {
  CreateSandboxOptions,
  Engine,
  EngineOptions,
  EngineWarning,
  ForkOptions,
  GetSandboxOptions,
  IsolationLevel,
  ListSandboxesOptions,
  ListSnapshotsOptions,
  OpenSandboxOptions,
  PythonOptions,
  RunOptions,
  SnapshotInfo,
  SnapshotOptions,
} from './engine.js';
export type { BelljarErrorOptions, ErrorCode } from './errors.js';
export { BelljarError } from './errors.js';
export type {
  ExecuteOptions,
  Execution,
  ExecutionError,
  ExecutionStatus,
  ExecutionUsage,
  FileContent,
  InputFile,
  IsolationReport,
  LeftoverProcess,
  MimeBundle,
  Output,
  OutputFile,
  SavepointReport,
  SurvivalReport,
} from './execution.js';
export type { SandboxLimits } from './limits.js';
export { DEFAULT_LIMITS, FILES_LIMIT_BYTES, MAX_TTL_MS } from './limits.js';
export { setupPython } from './runtimes/python/environment/setup-python.js';
export type {
  ExecutionEntry,
  FileInfo,
  FileType,
  Language,
  Sandbox,
  SandboxFiles,
  SandboxInfo,
  SandboxState,
  ShellOptions,
  ShellResult,
  SpawnedProcess,
  SpawnOptions,
  Variable,
} from './sandbox.js';
