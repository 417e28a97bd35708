/** What one execution is to do, as taken from the caller when the call was made. */
import { createHash } from 'node:crypto';
import type { ExecutionKind } from '@belljar/store';
import type { RunOutcome, SandboxProcess } from '../runtimes/runtime.js';
import { sha256 } from './execution-record.js';
import type { NamedContent } from './file-content.js';

export interface RunPlan {
  kind: ExecutionKind;
  code: string;
  executionId: string | undefined;
  timeoutMs: number | undefined;
  signal: AbortSignal | undefined;
  /** Being read: the execution has its place in the order meanwhile. */
  files: Promise<NamedContent[]>;
  /** What beside code and files makes it another request. */
  rest: unknown;
  run(process: SandboxProcess, timeoutMs: number): Promise<RunOutcome>;
}

/** Tells a repeated request from another one. Content counts when the caller named the request. */
export async function requestHash(plan: RunPlan): Promise<string> {
  const files = (await plan.files).map((file) => [
    file.name,
    plan.executionId === undefined ? file.content.byteLength : sha256(file.content),
  ]);
  const text = JSON.stringify([plan.kind, plan.code, plan.rest, files]);
  return createHash('sha256').update(text).digest('hex');
}
