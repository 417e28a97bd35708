/** A tool that a model calls, before a framework has put it into its own form. */
import type { ZodType } from 'zod';

/** What running code has printed so far, as text for a person who waits. */
export interface PartialAnswer {
  status: 'running';
  /** At most about 1,000 characters: the end of it. */
  text: string;
  sandboxId: string;
}

export interface RunHooks {
  /** Ends what the call began. */
  signal?: AbortSignal | undefined;
  /** Called at the first output, then after growing waits of 100 ms and more. */
  onPartial?: ((partial: PartialAnswer) => void) | undefined;
}

export interface ModelTool<Input, Answer, Call> {
  name: string;
  description: string;
  /** Accepts what models send, and makes the input of it: never refuses a call. */
  schema: ZodType<Input>;
  /** The input as JSON Schema, for frameworks that take that. */
  parameters: Record<string, unknown>;
  /** `input`: as the model sent it, or as `schema` made it. */
  run(input: unknown, call: Call, hooks?: RunHooks): Promise<Answer>;
}
