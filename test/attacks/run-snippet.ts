/** Runs the hostile programs of `snippets/`, in a sandbox or, as a control, on the host. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import type { ExecuteOptions, Execution, Sandbox } from '@belljar/core';

const folder = new URL('snippets/', import.meta.url);

/** What a snippet says at its end. */
export type Said = Record<string, Record<string, unknown>>;

export function snippet(name: string, parameters: Record<string, unknown> = {}): string {
  const text = [`raw.py`, `${name}.py`].map((file) => readFileSync(new URL(file, folder), 'utf8'));
  const given = `PARAMETERS = json.loads(${JSON.stringify(JSON.stringify(parameters))})`;
  return [text[0], given, text[1]].join('\n');
}

export interface SnippetRun {
  execution: Execution;
  said: Said;
}

export async function runSnippet(
  sandbox: Sandbox,
  name: string,
  parameters?: Record<string, unknown>,
  options?: Partial<ExecuteOptions>,
): Promise<SnippetRun> {
  const execution = await sandbox.execute({ code: snippet(name, parameters), ...options });
  const last = execution.stdout.trim().split('\n').at(-1) ?? '';
  if (execution.status !== 'ok') {
    throw new Error(`${name}: ${execution.status}: ${execution.error?.traceback}${last}`);
  }
  return { execution, said: JSON.parse(last) as Said };
}

/** The Python that runs a control on the host. */
export const hostPython = process.env.BELLJAR_PYTHON ?? 'python3';

export async function runOnHost(code: string): Promise<string> {
  const { stdout } = await promisify(execFile)(hostPython, ['-c', code]);
  return stdout.trim();
}

/** The values of a record, without repetition: a refusal of everything is one word. */
export function answers(record: Record<string, unknown> | undefined): unknown[] {
  return [...new Set(Object.values(record ?? { nothing: 'was said' }))].sort();
}
