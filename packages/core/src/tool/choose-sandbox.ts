/** Which sandbox a tool call runs in. */
import type { CreateSandboxOptions, Engine } from '../engine.js';
import { BelljarError } from '../errors.js';
import type { Sandbox } from '../sandbox.js';

/**
 * A sandbox given, a function that gives one for a call, or one for each conversation by key: the
 * first call makes it, later ones find it. `Call` is what the framework tells of a tool call.
 */
export type SandboxChoice<Call> =
  | {
      sandbox: Sandbox | ((call: Call) => Sandbox | Promise<Sandbox>);
      engine?: undefined;
      key?: undefined;
      create?: undefined;
    }
  | {
      engine: Engine;
      /** The conversation's own name. Two conversations with one key share a sandbox. */
      key: string | ((call: Call) => string | Promise<string>);
      /** For a sandbox that has to be made. */
      create?: CreateSandboxOptions | undefined;
      sandbox?: undefined;
    };

/** The sandbox of a call. Without a key it is an error, never a sandbox shared by accident. */
export async function chooseSandbox<Call>(
  choice: SandboxChoice<Call>,
  call: Call,
): Promise<Sandbox> {
  if (choice.sandbox !== undefined) {
    return typeof choice.sandbox === 'function' ? await choice.sandbox(call) : choice.sandbox;
  }
  const key: unknown = typeof choice.key === 'function' ? await choice.key(call) : choice.key;
  if (typeof key !== 'string' || key === '') throw missingKey(key);
  return await choice.engine.openSandbox({ ...choice.create, key });
}

function missingKey(key: unknown): BelljarError {
  return new BelljarError(
    'INVALID_ARGUMENT',
    `The tool has no key for this conversation (${key === '' ? 'an empty string' : typeof key}).`,
    { suggestion: 'Give `key` a non-empty string, such as the id of the conversation.' },
  );
}
