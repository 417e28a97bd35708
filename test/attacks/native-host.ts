/** JavaScript sandboxes in whose process native code runs from the start, in the jail that they all have. */
import { fileURLToPath } from 'node:url';
import { DEFAULT_LIMITS } from '@belljar/core';
import { afterAll } from 'vitest';
import { hostPython, type Said, snippet } from './run-snippet.js';

const { launchJavascript } = await import(
  '../../packages/core/dist/runtimes/javascript/start-javascript.js'
);
const { findHostProgram } = await import(
  '../../packages/core/dist/runtimes/javascript/host-program.js'
);

type Runtime = Awaited<ReturnType<typeof launchJavascript>>;
type Sandbox = Awaited<ReturnType<Runtime['acquire']>>;

export interface NativeHost {
  /** Runs the body of an asynchronous function that has Node's `require`. */
  run(code: string): ReturnType<Sandbox['run']>;
  /** Runs a snippet in a Python of its own: system calls by number, which Node has not. */
  snippet(name: string, parameters?: Record<string, unknown>): Promise<Said>;
}

/** One for all tests of a file. */
export function useNativeHost(): () => Promise<NativeHost> {
  let starting: Promise<NativeHost> | undefined;
  let close = async (): Promise<void> => {};
  afterAll(() => close());
  const start = async (): Promise<NativeHost> => {
    const program = findHostProgram();
    const host = fileURLToPath(new URL('fixtures/native-host.cjs', import.meta.url));
    const hostile = { ...program, files: { ...program.files, 'host.cjs': host } };
    const options = { python: { interpreter: hostPython }, javascript: { poolSize: 0 } };
    const runtime = await launchJavascript(hostile, options, DEFAULT_LIMITS, () => {});
    close = () => runtime.close();
    const sandbox = await runtime.acquire(DEFAULT_LIMITS);
    const run = (code: string) => sandbox.run({ code, timeoutMs: 30_000, signal: undefined });
    return {
      run,
      snippet: async (name, parameters) => {
        const python = JSON.stringify(['-s', '-B', '-c', snippet(name, parameters)]);
        const { result, error } = await run(`
          const { execFileSync } = require('node:child_process');
          const said = execFileSync(${JSON.stringify(hostPython)}, ${python}, { encoding: 'utf8' });
          return said.trim().split('\\n').at(-1);`);
        if (error) throw new Error(`${name}: ${error.traceback}`);
        return JSON.parse(result?.['application/json'] as string) as Said;
      },
    };
  };
  return () => {
    starting ??= start();
    return starting;
  };
}
