/** Which sandbox a call runs in: that of its thread, unless the application says otherwise. */
import type { CreateSandboxOptions, Engine, Sandbox } from '@belljar/core';
import { BelljarError } from '@belljar/core';
import { chooseSandbox, type SandboxChoice } from '@belljar/core/tool';
import type { RunnableConfig } from '@langchain/core/runnables';

/** `{ engine }` alone: one sandbox for each `configurable.thread_id`. */
export type ThreadSandboxChoice<Call> =
  | SandboxChoice<Call>
  | { engine: Engine; key?: undefined; create?: CreateSandboxOptions; sandbox?: undefined };

export async function sandboxOf<Call extends RunnableConfig>(
  choice: ThreadSandboxChoice<Call>,
  call: Call,
): Promise<Sandbox> {
  if (choice.sandbox !== undefined || choice.key !== undefined) {
    return chooseSandbox<Call>(choice, call);
  }
  return chooseSandbox<Call>({ ...choice, key: threadOf }, call);
}

function threadOf({ configurable }: RunnableConfig): string {
  const thread: unknown = configurable?.thread_id;
  if (typeof thread === 'string' && thread !== '') return thread;
  throw new BelljarError('INVALID_ARGUMENT', 'The call has no configurable.thread_id.', {
    suggestion: 'Invoke with { configurable: { thread_id } }, or give `key` or `sandbox`.',
  });
}
