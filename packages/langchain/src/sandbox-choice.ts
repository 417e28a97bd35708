/** Which sandbox a call runs in: that of its thread, unless the application says otherwise. */
import { BelljarError, type CreateSandboxOptions, type Engine } from '@belljar/core';
import type { SandboxChoice } from '@belljar/core/tool';
import type { RunnableConfig } from '@langchain/core/runnables';

/** `{ engine }` alone: one sandbox for each `configurable.thread_id`. */
export type ThreadSandboxChoice<Call> =
  | SandboxChoice<Call>
  | {
      engine: Engine;
      key?: undefined;
      /** For a sandbox that has to be made. */
      create?: CreateSandboxOptions | undefined;
      sandbox?: undefined;
    };

/** The same options, with the thread as the key where nothing else was chosen. */
export function withThread<Call extends RunnableConfig, Options>(
  options: Options & ThreadSandboxChoice<Call>,
): Options & SandboxChoice<Call> {
  if (options.sandbox !== undefined || options.key !== undefined) return options;
  return { ...options, key: threadOf };
}

function threadOf({ configurable }: RunnableConfig): string {
  const thread: unknown = configurable?.thread_id;
  if (typeof thread === 'string' && thread !== '') return thread;
  throw new BelljarError('INVALID_ARGUMENT', 'The call has no configurable.thread_id.', {
    suggestion: 'Invoke with { configurable: { thread_id } }, or give `key` or `sandbox`.',
  });
}
