/** What an engine's contract suite is told of the engine, and what its parts share. */
import type { BelljarError, Execution, Language, Sandbox } from '@belljar/core';

/** Programs of the engine's language that do what their names say. */
export interface Programs {
  /** Sets the global `x` to 41. */
  define: string;
  /** Adds one to `x`; the value of its last expression is `x`. */
  increment: string;
  /** `x` once more, as its last expression. */
  lookUp: string;
  /** Prints the text as one line. */
  print(text: string): string;
  /** Raises an exception with this message. */
  raise(message: string): string;
  writeFile(name: string, text: string): string;
  /** Prints what is in a file. */
  readFile(name: string): string;
  removeFile(name: string): string;
  /** Shows a text as a display. */
  display(text: string): string;
  /** Prints `running`, then runs until it is interrupted, and then lets itself be ended. */
  forever: string;
  /** Ends the interpreter at once; undefined where no code can. */
  crash: string | undefined;
}

export interface EngineCapabilities {
  language: Language;
  programs: Programs;
  /** The sandboxes have `shell` and `spawn`. */
  shell: boolean;
}

export const refusal = (value: BelljarError['code']) => ({ name: 'BelljarError', code: value });
export const plain = ({ result }: Execution) => result?.['text/plain'];

/** Runs `forever`; resolves when its code runs. */
export async function runForever(sandbox: Sandbox, { programs }: EngineCapabilities) {
  const controller = new AbortController();
  const running = Promise.withResolvers<void>();
  const execution = sandbox.execute({
    code: programs.forever,
    signal: controller.signal,
    onStdout: () => running.resolve(),
  });
  execution.catch(() => {});
  await running.promise;
  return { execution, abort: () => controller.abort() };
}
