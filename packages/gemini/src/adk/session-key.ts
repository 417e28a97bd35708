/** One sandbox for each session of the Agent Development Kit, where nothing else was asked for. */
import type { CreateSandboxOptions, Engine, Sandbox } from '@belljar/core';
import type { SandboxChoice } from '@belljar/core/tool';
import type { InvocationContext } from '@google/adk';

/**
 * A sandbox, or an engine: then one sandbox for each session, or for each `key`. `Call` is what the
 * framework tells of a call.
 */
export type SessionSandboxChoice<Call> =
  | {
      sandbox: Sandbox | ((call: Call) => Sandbox | Promise<Sandbox>);
      engine?: undefined;
      key?: undefined;
      create?: undefined;
    }
  | {
      engine: Engine;
      /** Default: application, user and session. */
      key?: string | ((call: Call) => string | Promise<string>) | undefined;
      /** For a sandbox that has to be made. */
      create?: CreateSandboxOptions | undefined;
      sandbox?: undefined;
    };

/** The choice with the session's key where none was given. */
export function withSessionKey<Call, Options extends SessionSandboxChoice<Call>>(
  options: Options,
  invocationOf: (call: Call) => InvocationContext,
): Options & SandboxChoice<Call> {
  if (options.engine === undefined) return options as Options & SandboxChoice<Call>;
  const key = options.key ?? ((call: Call) => sessionKey(invocationOf(call)));
  return { ...options, key } as Options & SandboxChoice<Call>;
}

/** The parts are encoded, so that no two sessions have one key. */
function sessionKey({ session: { appName, userId, id } }: InvocationContext): string {
  return ['adk', appName, userId, id].map(encodeURIComponent).join('/');
}
