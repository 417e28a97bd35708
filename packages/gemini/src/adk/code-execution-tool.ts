/** The code execution tool for agents of Google's Agent Development Kit. */
import {
  type CodeTool,
  type CodeToolCallbacks,
  type CodeToolSettings,
  createCodeTool,
  type ImageLimits,
} from '@belljar/core/tool';
import {
  BaseTool,
  type Context,
  type RunAsyncToolRequest,
  type ToolProcessLlmRequest,
} from '@google/adk';
import { declarationOf } from '../callable-tool.js';
import { artifactNames, attachImages, hasArtifacts, saveImages } from './artifact-images.js';
import { type SessionSandboxChoice, withSessionKey } from './session-key.js';

/** Functions among them are given the call's `Context`. */
export type CodeExecutionToolOptions = SessionSandboxChoice<Context> &
  CodeToolCallbacks<Context> &
  CodeToolSettings;

/**
 * A tool for `LlmAgent({ tools })` that runs code in a Belljar sandbox. An exception, a timeout or a
 * limit is an answer for the model; only a failure of the host throws. The run's `abortSignal` ends
 * the code. Figures are saved as artifacts of the session, and its events only name them.
 */
export function createCodeExecutionTool(options: CodeExecutionToolOptions): BaseTool {
  return new CodeExecutionTool(options);
}

class CodeExecutionTool extends BaseTool {
  readonly #tool: CodeTool<Context>;
  /** For sessions in which the model cannot be shown an image: the answer says so. */
  readonly #withoutImages: CodeTool<Context>;
  readonly #showsImages: boolean;
  readonly #imageLimits: ImageLimits | undefined;
  #described: string;

  constructor(options: CodeExecutionToolOptions) {
    const chosen = withSessionKey(options, ({ invocationContext }: Context) => invocationContext);
    const settings = {
      ...chosen,
      async onExecution(...[execution, sandbox, context]: OnExecutionArguments) {
        if (hasArtifacts(context)) await saveImages(execution, options.imageLimits, context);
        await options.onExecution?.(execution, sandbox, context);
      },
    };
    const tool = createCodeTool<Context>(settings);
    super({ name: tool.name, description: tool.description });
    this.#tool = tool;
    this.#withoutImages = createCodeTool<Context>({ ...settings, images: 'artifact-only' });
    this.#imageLimits = options.imageLimits;
    this.#showsImages = options.images !== 'artifact-only';
    this.#described = tool.description;
  }

  override _getDeclaration(): ReturnType<BaseTool['_getDeclaration']> {
    return declarationOf(this.#tool, this.#described) as ReturnType<BaseTool['_getDeclaration']>;
  }

  override async processLlmRequest(request: ToolProcessLlmRequest): Promise<void> {
    this.#described = await this.#tool.describe();
    await super.processLlmRequest(request);
    if (this.#showsImages && hasArtifacts(request.toolContext)) {
      await attachImages(this.name, request, this.#imageLimits);
    }
  }

  override async runAsync({ args, toolContext }: RunAsyncToolRequest) {
    const tool = hasArtifacts(toolContext) ? this.#tool : this.#withoutImages;
    const signal = toolContext.abortSignal;
    const { status, text, summary } = await tool.run(args, toolContext, { signal });
    if (status === 'refused') return { error: text };
    const images = summary && hasArtifacts(toolContext) ? artifactNames(summary) : [];
    return { output: text, ...(images.length > 0 && { images }) };
  }
}

type OnExecutionArguments = Parameters<NonNullable<CodeToolCallbacks<Context>['onExecution']>>;
