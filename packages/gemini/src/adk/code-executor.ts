/** Code in a model's own words, such as a fenced block, run in a Belljar sandbox. */
import type { Execution, InputFile, Language } from '@belljar/core';
import {
  type CodeToolCallbacks,
  type CodeToolSettings,
  chooseSandbox,
  createCodeTool,
} from '@belljar/core/tool';
import {
  BaseCodeExecutor,
  type BaseLlmResponseProcessor,
  type CodeExecutionResult,
  type ExecuteCodeParams,
  type File,
  FileContentEncoding,
  type InvocationContext,
} from '@google/adk';
import { imageFiles } from './artifact-images.js';
import { CodeBlockProcessor } from './code-block-processor.js';
import { type SessionSandboxChoice, withSessionKey } from './session-key.js';

/** Functions among them are given the run's `InvocationContext`. */
export type CodeExecutorOptions = SessionSandboxChoice<InvocationContext> &
  CodeToolCallbacks<InvocationContext> &
  Omit<CodeToolSettings, 'description' | 'environment' | 'images'>;

/** Opening fences for the code of a language. The first one is what the model is shown. */
const FENCES: Record<Language, string[]> = {
  python: ['python', 'tool_code', 'py'],
  javascript: ['javascript', 'tool_code', 'js', 'typescript', 'ts'],
};

/**
 * A code executor for `LlmAgent({ codeExecutor })`. The agent calls it only for the model's own code
 * where `responseProcessors: [executor.responseProcessor]` is given beside it, as the ADK (2.0) has
 * no processor of its own there. Files and figures that the code made become artifacts.
 */
export class BelljarCodeExecutor extends BaseCodeExecutor {
  override stateful = true;
  /** Runs the first code block of each answer of the model, and lets the model read the result. */
  readonly responseProcessor: BaseLlmResponseProcessor;
  readonly #options: CodeExecutorOptions;
  readonly #language: Language;

  constructor(options: CodeExecutorOptions) {
    super();
    const known = typeof options.sandbox === 'object' ? options.sandbox.info : options.create;
    this.#options = options;
    this.#language = known?.language ?? 'python';
    this.codeBlockDelimiters = FENCES[this.#language].map((name) => [`\`\`\`${name}\n`, '\n```']);
    this.responseProcessor = new CodeBlockProcessor(this, this.#language);
  }

  /**
   * `stdout` is what the model reads of code that ran well, `stderr` of code that did not, whatever it
   * printed where. Output files are base64; those beyond the 100 MB of a response stay in the sandbox.
   */
  override async executeCode(params: ExecuteCodeParams): Promise<CodeExecutionResult> {
    const { invocationContext, codeExecutionInput: input } = params;
    const choice = withSessionKey(this.#options, (context: InvocationContext) => context);
    if (!this.#runs(input.language)) {
      return { stdout: '', stderr: `Only ${this.#language} code can be run.`, outputFiles: [] };
    }
    let execution: Execution | undefined;
    const tool = createCodeTool<InvocationContext>({
      ...choice,
      images: 'artifact-only',
      async onExecution(made, sandbox, context) {
        execution = made;
        await choice.onExecution?.(made, sandbox, context);
      },
    });
    if (input.inputFiles.length > 0) {
      const sandbox = await chooseSandbox(choice, invocationContext);
      for (const { name, content } of input.inputFiles.map(asInput)) {
        await sandbox.files.write(name, content);
      }
    }
    const signal = invocationContext.abortSignal;
    const { status, text } = await tool.run({ code: input.code }, invocationContext, { signal });
    const outputFiles = execution ? await filesOf(execution, this.#options.imageLimits) : [];
    return status === 'ok'
      ? { stdout: text, stderr: '', outputFiles }
      : { stdout: '', stderr: text, outputFiles };
  }

  #runs(language: string): boolean {
    if (language === 'unspecified' || language === this.#language) return true;
    return language === 'typescript' && this.#language === 'javascript';
  }
}

/** Without an encoding the content is text: so the ADK hands over the CSV files of a message. */
function asInput({ name, content, contentEncoding }: File): InputFile {
  const isBase64 = contentEncoding === FileContentEncoding.BASE64;
  return { name, content: isBase64 ? Buffer.from(content, 'base64') : content };
}

/**
 * Names come from the sandbox. One that begins with `user:` would be an artifact of all sessions of
 * the user: code could replace what another session keeps there.
 */
function inSession(name: string): string {
  return name.startsWith('user:') ? `./${name}` : name;
}

async function filesOf(
  execution: Execution,
  limits: CodeExecutorOptions['imageLimits'],
): Promise<File[]> {
  const files = imageFiles(execution, limits);
  for (const file of execution.files) {
    if (file.change === 'removed' || file.omitted) continue;
    const content = Buffer.from(await file.bytes()).toString('base64');
    files.push({ name: inSession(file.name), content, mimeType: file.mimeType });
  }
  return files.map((file) => ({ ...file, contentEncoding: FileContentEncoding.BASE64 }));
}
