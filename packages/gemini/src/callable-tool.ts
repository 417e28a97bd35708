/** Tools of `@belljar/core/tool` as one `CallableTool` of the Google Gen AI SDK. */
import type { ModelImage, ModelTool } from '@belljar/core/tool';
import type { CallableTool, FunctionCall, FunctionDeclaration, Part } from '@google/genai';

/** What a tool answers: text for the model, images beside it, `refused` when nothing was done. */
export interface Answer {
  status: string;
  text: string;
  images?: readonly ModelImage[] | undefined;
}

/** A function of Gemini's, and what answers its calls. */
export interface CallableFunction {
  name: string;
  declare(): Promise<FunctionDeclaration>;
  answer(call: FunctionCall): Promise<Answer>;
}

/** The SDK passes no signal to tools: it is given when they are made. */
export interface SignalOption {
  /**
   * Ends the code, and then rejects the call, so that the model is not asked again. A function is
   * asked at each call, for a tool that lives longer than one request.
   */
  signal?: AbortSignal | (() => AbortSignal | undefined) | undefined;
}

/** Calls are answered one by one, in the order in which the model made them. */
export function createCallableTool(functions: readonly CallableFunction[]): CallableTool {
  return {
    tool: async () => ({
      functionDeclarations: await Promise.all(functions.map((known) => known.declare())),
    }),
    async callTool(calls) {
      const parts: Part[] = [];
      for (const call of calls) {
        // The SDK hands each callable tool all calls of the model, those of other tools too.
        const called = functions.find(({ name }) => name === call.name);
        if (called) parts.push(functionResponse(call, await called.answer(call)));
      }
      return parts;
    },
  };
}

export function toFunction<Input>(
  tool: ModelTool<Input, Answer, FunctionCall>,
  { signal }: SignalOption,
  describe: () => Promise<string> = () => Promise.resolve(tool.description),
): CallableFunction {
  return {
    name: tool.name,
    declare: async () => declarationOf(tool, await describe()),
    async answer(call) {
      const current = typeof signal === 'function' ? signal() : signal;
      const answer = await tool.run(call.args, call, { signal: current });
      current?.throwIfAborted();
      return answer;
    },
  };
}

export function declarationOf(
  { name, parameters }: Pick<ModelTool<unknown, unknown, never>, 'name' | 'parameters'>,
  description: string,
): FunctionDeclaration {
  return { name, description, parametersJsonSchema: parameters };
}

/** Images go beside the text, not into it: so the model sees them. */
function functionResponse({ id, name }: FunctionCall, { status, text, images = [] }: Answer): Part {
  const parts = images.map(({ mediaType, data }) => ({
    inlineData: { mimeType: mediaType, data },
  }));
  return {
    functionResponse: {
      ...(id !== undefined && { id }),
      ...(name !== undefined && { name }),
      // The two keys that Gemini knows: `error` when nothing was done.
      response: status === 'refused' ? { error: text } : { output: text },
      ...(parts.length > 0 && { parts }),
    },
  };
}
