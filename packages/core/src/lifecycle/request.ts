/** A request as the journal keeps it, and how it runs: the first time and when it runs again. */
import { createHash } from 'node:crypto';
import type { ExecutionKind, InputRecord } from '@belljar/store';
import { exactName, shownName } from '../runtimes/file-names.js';
import type { RunCallbacks, RunOutcome, SandboxProcess } from '../runtimes/runtime.js';
import { sha256 } from './execution-record.js';
import type { NamedContent } from './file-content.js';

export interface ExecuteParameters {
  timeoutMs?: number | undefined;
  /** What an interrupt ended within its grace stays as it is. */
  onFailure?: 'keep' | undefined;
}

export interface ShellParameters extends ExecuteParameters {
  workingDirectory: string;
  environment: Record<string, string>;
}

/** Names are as callers see them: well-formed text. */
export type FileParameters =
  | { operation: 'write' }
  | { operation: 'makeDirectory' | 'remove'; name: string }
  | { operation: 'rename'; name: string; to: string };

/** A command that went on beside the executions: it is not run again. */
export interface SpawnParameters {
  operation: 'spawn';
  command: string;
}

export type DeedParameters = FileParameters | SpawnParameters;

/** What is asked for, beside the content that goes in. Plain JSON. */
export type Request =
  | { kind: 'execute'; code: string; parameters: ExecuteParameters }
  | { kind: 'shell'; code: string; parameters: ShellParameters };

/** Content of an input, as the store keeps it. */
export interface Input extends InputRecord {
  content: Uint8Array;
}

/** What the journal says of an input: its name as callers see it. */
export function inputRecord({ name, sizeBytes, sha256 }: Input): InputRecord {
  return { name: shownName(name), sizeBytes, sha256 };
}

export interface RunSettings extends RunCallbacks {
  timeoutMs: number;
  signal: AbortSignal | undefined;
  startTimeMs?: number | undefined;
  replay?: { startTimeMs: number; trace?: string | undefined } | undefined;
}

/** All inputs are tried: nothing is on its way any more when it rejects. */
export async function writeInputs(process: SandboxProcess, inputs: readonly Input[]) {
  const written = await Promise.allSettled(
    inputs.map(({ name, content, sha256 }) => process.writeFile(name, content, sha256)),
  );
  const failed = written.find((one) => one.status === 'rejected');
  if (failed) throw failed.reason;
}

/** Of a command, the input is what it reads from its standard input. */
export async function runRequest(
  process: SandboxProcess,
  request: Request,
  inputs: readonly Input[],
  settings: RunSettings,
): Promise<RunOutcome> {
  const { kind, code, parameters } = request;
  if (kind === 'execute') return process.run({ ...settings, code });
  const stdin = inputs[0]?.content ?? new Uint8Array();
  const { workingDirectory, environment } = parameters;
  return process.shell({ ...settings, code, workingDirectory, environment, stdin });
}

export async function runFileOperation(
  process: SandboxProcess,
  parameters: FileParameters,
  inputs: readonly Input[],
): Promise<boolean> {
  switch (parameters.operation) {
    case 'write':
      await writeInputs(process, inputs);
      return true;
    case 'makeDirectory':
      await process.makeDirectory(exactName(parameters.name));
      return true;
    case 'rename':
      await process.rename(exactName(parameters.name), exactName(parameters.to));
      return true;
    case 'remove':
      return process.remove(exactName(parameters.name));
  }
}

/** Tells a repeated request from another one. Content counts when the caller named the request. */
export function requestHash(
  kind: ExecutionKind,
  what: unknown,
  inputs: readonly NamedContent[],
  isNamed: boolean,
): string {
  const files = inputs.map(({ name, content }) => [
    name,
    isNamed ? sha256(content) : content.byteLength,
  ]);
  return createHash('sha256')
    .update(JSON.stringify([kind, what, files]))
    .digest('hex');
}
