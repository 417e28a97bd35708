/** Checks what callers give, also from JavaScript, before anything runs. */
import { z } from 'zod';
import type {
  CreateSandboxOptions,
  EngineOptions,
  ForkOptions,
  GetSandboxOptions,
  ListSandboxesOptions,
  ListSnapshotsOptions,
  OpenSandboxOptions,
  SnapshotOptions,
} from '../engine.js';
import { BelljarError } from '../errors.js';
import type { ExecuteOptions } from '../execution.js';
import type { SandboxLimits } from '../limits.js';
import type { ShellOptions, SpawnOptions } from '../sandbox.js';

const MAX_TIMEOUT_MS = 24 * 3_600_000;
/** Dates are whole numbers for far longer; nobody means it. */
const MAX_TTL_MS = 100 * 365 * 86_400_000;
/** Node's timers take no more. */
const MAX_TIMER_MS = 2 ** 31 - 1;
const text = z.string().refine((value) => value.isWellFormed() && !value.includes('\0'), {
  error: 'must be well-formed text without NUL',
});
const positive = z.number().int().positive().max(Number.MAX_SAFE_INTEGER);
const timeoutMs = z.number().positive().max(MAX_TIMEOUT_MS);
const callback = z.custom<() => void>((value) => typeof value === 'function', 'must be a function');
const signal = z.custom<AbortSignal>((value) => value instanceof AbortSignal, 'must be a signal');

/** A record would drop the name `__proto__` in silence, and a filter then match everything. */
const named = (record: z.ZodType) =>
  z
    .unknown()
    .refine((value) => !Object.hasOwn(Object(value), '__proto__'), {
      error: "has the name '__proto__', which cannot be kept",
    })
    .pipe(record);

const limits: z.ZodType<Partial<SandboxLimits>> = z.strictObject({
  timeoutMs: timeoutMs.optional(),
  memoryBytes: positive.min(64 * 1024 * 1024).optional(),
  cpus: positive.max(1_024).optional(),
  processes: positive.max(4_096).optional(),
  workspaceBytes: positive.min(64 * 1024).optional(),
  workspaceFiles: positive.max(10_000_000).optional(),
  openFiles: positive.min(32).max(1_048_576).optional(),
  outputBytes: positive.max(100_000_000).optional(),
  displays: positive.max(1_000).optional(),
  codeBytes: positive.max(100_000_000).optional(),
});

const python = z.strictObject({
  interpreter: text.min(1).optional(),
  preload: z.array(z.string().regex(/^[A-Za-z_][\w.]*$/)).optional(),
  packages: z.literal('data').optional(),
  threads: positive.max(256).optional(),
  poolSize: z.number().int().nonnegative().max(1_000).optional(),
});

const MODULES_CHARACTERS = 16 * 1024 * 1024;
const moduleName = z
  .string()
  .max(200)
  .regex(/^(@[\w.-]+\/)?\w[\w./-]*$/);

const javascript = z.strictObject({
  modules: z
    .record(moduleName, z.string())
    .refine(
      (modules) => Object.values(modules).join('').length <= MODULES_CHARACTERS,
      'Modules have 16 MiB of text at most.',
    )
    .optional(),
  poolSize: z.number().int().nonnegative().max(1_000).optional(),
});

/** An option with a name already and nothing behind it: said, never taken and ignored. */
const notThere = (reason: string) => z.undefined({ error: reason }).optional();

const engineOptions = z.strictObject({
  directory: text.min(1).optional(),
  durability: z.enum(['process', 'power-loss', 'checkpoint']).optional(),
  keyProvider: z.custom((value) => typeof value === 'object' && value !== null).optional(),
  store: z.custom((value) => typeof value === 'object' && value !== null).optional(),
  python: python.optional(),
  javascript: javascript.optional(),
  limits: limits.optional(),
  minimumIsolation: z.enum(['namespaces', 'confined', 'process']).optional(),
  maxTtlMs: positive.max(MAX_TTL_MS).optional(),
  maxConcurrentExecutions: positive.max(100_000).optional(),
  maxQueuedExecutions: positive.max(1_000_000).optional(),
  onWarning: callback.optional(),
  idleTimeoutMs: positive.max(MAX_TIMER_MS).optional(),
  memoryBudgetBytes: positive.optional(),
  location: text.min(1).max(256).optional(),
});

const language = z.enum(['python', 'javascript']);
const labels = named(z.record(text.min(1).max(128), text.max(1_024)));

const createShape = {
  language: language.optional(),
  displayName: text.max(1_024).optional(),
  labels: labels.optional(),
  ttlMs: positive.optional(),
  limits: limits.optional(),
  savepoints: z.boolean().optional(),
};
const createSandbox = z.strictObject({ ...createShape, snapshot: text.optional() });
const fork = z.strictObject({
  random: z.enum(['same', 'fresh']).optional(),
  displayName: createShape.displayName,
  labels: createShape.labels,
  ttlMs: createShape.ttlMs,
});
const snapshot = z.strictObject({
  displayName: createShape.displayName,
  ttlMs: createShape.ttlMs,
});
const listSnapshots = z.strictObject({
  owner: text.min(1).max(512).optional(),
  pageSize: positive.max(1_000).optional(),
  pageToken: z.string().max(4_096).optional(),
});
const openSandbox = z.strictObject({ ...createShape, key: text.min(1).max(512) });

const getSandbox = z.strictObject({ takeOver: z.boolean().optional() });
const listSandboxes = z.strictObject({
  state: z.enum(['running', 'stopped', 'failed', 'deleting']).optional(),
  language: language.optional(),
  owner: text.min(1).max(512).optional(),
  labels: labels.optional(),
  pageSize: positive.max(1_000).optional(),
  pageToken: z.string().max(4_096).optional(),
});

const runShape = {
  timeoutMs: timeoutMs.optional(),
  signal: signal.optional(),
  executionId: text.min(1).max(256).optional(),
  onStdout: callback.optional(),
  onStderr: callback.optional(),
};
const wellFormed = z.string().refine((code) => code.isWellFormed(), {
  error: 'has a lone surrogate, which no encoding can carry',
});
const executeShape = {
  ...runShape,
  code: wellFormed,
  files: z
    .array(z.object({ name: z.unknown(), content: z.unknown(), mimeType: text.optional() }))
    .optional(),
  onDisplay: callback.optional(),
  onFailure: z.enum(['roll-back', 'keep']).optional(),
};
const execute = z.strictObject(executeShape);
const run = z.strictObject({
  ...executeShape,
  onFailure: notThere('the sandbox of a one-shot run goes with it'),
  executionId: notThere('a one-shot run leaves no record by which to know it again'),
  language: language.optional(),
  limits: limits.optional(),
});
const environment = named(z.record(z.string().regex(/^[A-Za-z_]\w*$/), text));
const place = { workingDirectory: z.string().optional(), environment: environment.optional() };
const shell = z.strictObject({
  ...runShape,
  ...place,
  stdin: z.union([z.string(), z.instanceof(Uint8Array)]).optional(),
});
const spawn = z.strictObject({ ...place, signal: signal.optional() });
const listFiles = z.strictObject({ recursive: z.boolean().optional() });
const variables = z.strictObject({ identity: z.boolean().optional() });
const executions = z.strictObject({
  limit: z.number().int().nonnegative().optional(),
  after: z.string().optional(),
});

/** Returns a copy: what the caller changes afterwards changes nothing. Bytes are not copied. */
function check<T>(schema: z.ZodType, value: unknown, what: string): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data as T;
  const issue = parsed.error.issues[0];
  const path = issue?.path.join('.') ?? '';
  throw new BelljarError(
    'INVALID_ARGUMENT',
    `${what}${path ? `: '${path}'` : ''} is not valid: ${issue?.message ?? 'wrong type'}.`,
    { details: { path } },
  );
}

export const checkEngineOptions = (value: unknown): EngineOptions =>
  check(engineOptions, value, 'createEngine(options)');
export const checkCreateSandbox = (value: unknown): CreateSandboxOptions =>
  check(createSandbox, value, 'createSandbox(options)');
export const checkOpenSandbox = (value: unknown): OpenSandboxOptions =>
  check(openSandbox, value, 'openSandbox(options)');
export const checkGetSandbox = (value: unknown): GetSandboxOptions =>
  check(getSandbox, value, 'getSandbox(id, options)');
export const checkImport = (value: unknown): ReadableStream<Uint8Array> =>
  check(z.instanceof(ReadableStream), value, 'importSandbox(stream)');
export const checkListSandboxes = (value: unknown): ListSandboxesOptions =>
  check(listSandboxes, value, 'listSandboxes(options)');
export const checkFork = (value: unknown): ForkOptions => check(fork, value, 'fork(options)');
export const checkSnapshot = (value: unknown): SnapshotOptions =>
  check(snapshot, value, 'snapshot(options)');
export const checkListSnapshots = (value: unknown): ListSnapshotsOptions =>
  check(listSnapshots, value, 'listSnapshots(options)');
export const checkExecutionId = (value: unknown): string =>
  check(text.min(1), value, 'The execution id');
export const checkExecute = (value: unknown): ExecuteOptions =>
  check(execute, value, 'execute(options)');
export const checkRun = (value: unknown): ExecuteOptions & CreateSandboxOptions =>
  check(run, value, 'run(options)');
export const checkShell = (value: unknown): ShellOptions =>
  check(shell, value, 'shell(command, options)');
export const checkSpawn = (value: unknown): SpawnOptions =>
  check(spawn, value, 'spawn(command, options)');
export const checkListFiles = (value: unknown): { recursive?: boolean } =>
  check(listFiles, value, 'files.list(name, options)');
export const checkVariables = (value: unknown): { identity?: boolean } =>
  check(variables, value, 'variables(options)');
export const checkExecutions = (value: unknown): { limit?: number; after?: string } =>
  check(executions, value, 'executions(options)');
export const checkCommand = (value: unknown): string => check(text.min(1), value, 'The command');
export const checkOwner = (value: unknown): string =>
  check(text.min(1).max(512), value, 'The owner');
export const checkId = (value: unknown): string => check(z.string(), value, 'The sandbox id');
