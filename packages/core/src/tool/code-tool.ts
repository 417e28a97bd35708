/** The code execution tool, but for what each framework calls it. */
import { z } from 'zod';
import type { Execution, ExecutionStatus } from '../execution.js';
import type { Sandbox } from '../sandbox.js';
import { chooseImages, type ImageLimits, type ModelImage } from './choose-images.js';
import { chooseSandbox, type SandboxChoice } from './choose-sandbox.js';
import { cutToJsonBytes, jsonBytes } from './cut-text.js';
import { CODE_FIELD_DESCRIPTION, describeTool, MISSING_CODE, TOOL_NAME } from './describe-tool.js';
import { type ExecutionSummary, summarizeExecution } from './execution-summary.js';
import { formatExecution } from './format-execution.js';
import { formatRefusal } from './format-refusal.js';
import {
  FRAME_BYTES,
  MAX_OUTPUT_CHARACTERS,
  MAX_STATE_BYTES,
  MAX_SUMMARY_BYTES,
  MIN_OUTPUT_CHARACTERS,
} from './limits.js';
import type { ModelTool, RunHooks } from './model-tool.js';
import { PartialOutput } from './partial-output.js';
import { type Environment, probeEnvironment } from './probe-environment.js';
import { repairCode, unwrapToolInput } from './repair-code.js';
import { parametersOf } from './tool-input.js';
import { executeWithChanges, type VariableChanges } from './variable-changes.js';

export interface CodeToolCallbacks<Call> {
  /** The code as it runs, after repair. */
  onCode?: ((code: string, call: Call) => void) | undefined;
  onStdout?: ((text: string, call: Call) => void) | undefined;
  onStderr?: ((text: string, call: Call) => void) | undefined;
  /** The execution and its sandbox, before the model reads of it. The answer waits for it. */
  onExecution?:
    | ((execution: Execution, sandbox: Sandbox, call: Call) => void | Promise<void>)
    | undefined;
}

export interface CodeToolSettings {
  /** Wall time of one call, in ms. Default: the sandbox's limit. Exceeded, the call is undone. */
  timeoutMs?: number | undefined;
  /** Characters of one answer. Default 20,000, at least 500; what is longer is cut in the middle. */
  maxOutputCharacters?: number | undefined;
  /** Default `'to-model'`. `'artifact-only'` for endpoints that take no images in tool results. */
  images?: 'to-model' | 'artifact-only' | undefined;
  imageLimits?: ImageLimits | undefined;
  /** From `probeEnvironment(engine)`: version and libraries for the description. */
  environment?: Environment | undefined;
  /** Default: a description made from language, limits and environment. */
  description?: string | undefined;
}

/** `Call` is what the framework tells of a tool call. */
export type CodeToolOptions<Call> = SandboxChoice<Call> &
  CodeToolCallbacks<Call> &
  CodeToolSettings;

/**
 * What a call of the tool came to. Plain JSON; text and summary together are at most 65,536 bytes
 * of it, unless more than 20,000 output characters were asked for.
 */
export interface CodeAnswer {
  /** `refused`: nothing ran, the text says why. */
  status: ExecutionStatus | 'refused';
  /** What the model reads. */
  text: string;
  /** What the model sees; empty with `images: 'artifact-only'`. */
  images: ModelImage[];
  /** What the application keeps; undefined when nothing ran. */
  summary: ExecutionSummary | undefined;
  sandboxId: string;
}

export interface CodeTool<Call> extends ModelTool<{ code: string }, CodeAnswer, Call> {
  /** The description, with the interpreter asked where `engine` was given and `environment` not. */
  describe(): Promise<string>;
}

const fields = z.object({ code: z.string().describe(CODE_FIELD_DESCRIPTION) });

/** What is wrong with an input is answered by the tool: the framework's words would differ. */
const schema: z.ZodType<{ code: string }> = z.preprocess(unwrapToolInput, fields);

/** Throws only for a failure of the host; all that the code does is an answer. */
export function createCodeTool<Call>(options: CodeToolOptions<Call>): CodeTool<Call> {
  let probed: Promise<string> | undefined;
  const slow = new Set<string>();
  return {
    name: TOOL_NAME,
    description: descriptionOf(options, options.environment),
    describe: () => {
      probed ??= probe(options).then((environment) => descriptionOf(options, environment));
      return probed;
    },
    schema,
    parameters: parametersOf(fields),
    run: (input, call, hooks) => runCode(input, call, options, hooks ?? {}, slow),
  };
}

async function runCode<Call>(
  input: unknown,
  call: Call,
  options: CodeToolOptions<Call>,
  hooks: RunHooks,
  slow: Set<string>,
): Promise<CodeAnswer> {
  const sandbox = await chooseSandbox<Call>(options, call);
  const sent = schema.parse(input).code;
  if (sent.trim() === '') return refusal(`status: refused\nNothing ran. ${MISSING_CODE}`, sandbox);
  const { code, notes } = repairCode(sent, sandbox.info.language);
  options.onCode?.(code, call);
  const partial = new PartialOutput((text) =>
    hooks.onPartial?.({ status: 'running', text, sandboxId: sandbox.id }),
  );
  try {
    const { execution, changes } = await executeWithChanges(
      sandbox,
      {
        code,
        timeoutMs: options.timeoutMs,
        signal: hooks.signal,
        onStdout: (text) => {
          options.onStdout?.(text, call);
          partial.add(text);
        },
        onStderr: (text) => {
          options.onStderr?.(text, call);
          partial.add(text);
        },
      },
      slow,
    );
    partial.end();
    await options.onExecution?.(execution, sandbox, call);
    return answer(execution, changes, sandbox, notes, options);
  } catch (error) {
    const text = formatRefusal(error);
    if (text === undefined) throw error;
    return refusal(text, sandbox);
  } finally {
    partial.end();
  }
}

function refusal(reason: string, { id: sandboxId }: Sandbox): CodeAnswer {
  const text = `${reason}\nchanged: nothing`;
  return { status: 'refused', text, images: [], summary: undefined, sandboxId };
}

function answer(
  execution: Execution,
  changes: VariableChanges | undefined,
  sandbox: Sandbox,
  notes: readonly string[],
  settings: CodeToolSettings,
): CodeAnswer {
  const asked = settings.maxOutputCharacters ?? MAX_OUTPUT_CHARACTERS;
  const maxCharacters = Math.max(MIN_OUTPUT_CHARACTERS, asked);
  const toModel = settings.images !== 'artifact-only';
  const chosen = chooseImages(execution, settings.imageLimits);
  const written = formatExecution(execution, {
    maxOutputCharacters: maxCharacters,
    images: chosen,
    imagesAttached: toModel,
    timeoutMs: settings.timeoutMs ?? sandbox.info.limits.timeoutMs,
    notes,
    changes: changes ?? 'unknown',
  });
  const text = cutToJsonBytes(written, 2 * maxCharacters);
  const summary = summarizeExecution(execution, {
    sandboxId: sandbox.id,
    changes,
    images: chosen.images,
    keepImageData: !toModel,
    maxBytes: Math.max(MAX_SUMMARY_BYTES, MAX_STATE_BYTES - FRAME_BYTES - jsonBytes(text)),
  });
  const images = toModel ? chosen.images : [];
  return { status: execution.status, text, images, summary, sandboxId: sandbox.id };
}

/** What was given, or what the engine's Python says where the tool runs Python. */
async function probe<Call>(options: CodeToolOptions<Call>): Promise<Environment | undefined> {
  const { environment, description, engine, create } = options;
  const isKnown = environment !== undefined || description !== undefined;
  if (isKnown || engine === undefined || create?.language === 'javascript') return environment;
  return await probeEnvironment(engine).catch(() => undefined);
}

function descriptionOf<Call>(
  options: CodeToolOptions<Call>,
  environment: Environment | undefined,
): string {
  const known = typeof options.sandbox === 'object' ? options.sandbox.info : options.create;
  return (
    options.description ??
    describeTool({
      language: known?.language,
      limits: known?.limits,
      environment,
      timeoutMs: options.timeoutMs,
    })
  );
}
