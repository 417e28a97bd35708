/** From what a run came to, to the `Execution` that a caller gets, and to the journal and back. */
import { createHash } from 'node:crypto';
import type { ExecutionRecord, FileRecord } from '@belljar/store';
import { lookup } from 'mime-types';
import type {
  Execution,
  IsolationReport,
  OutputFile,
  SavepointReport,
  SurvivalReport,
} from '../execution.js';
import type { ChangedFile, RunOutcome } from '../runtimes/runtime.js';
import type { ShellResult } from '../sandbox.js';

/** Reads a file's content later: from memory, from the store, or from the workspace. */
export interface ContentSource {
  bytes(file: FileRecord): Promise<Uint8Array>;
  stream(file: FileRecord): ReadableStream<Uint8Array>;
}

/** A source of content that comes as a whole. */
export function contentSource(bytes: ContentSource['bytes']): ContentSource {
  async function* once(file: FileRecord): AsyncGenerator<Uint8Array> {
    yield await bytes(file);
  }
  return { bytes, stream: (file) => ReadableStream.from(once(file)) };
}

export function sha256(content: Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

/** What the journal keeps of a file; `hash` is its content's, where there is content. */
export function fileRecord(file: ChangedFile, hash: string | undefined): FileRecord {
  const record: FileRecord = {
    name: file.name,
    sizeBytes: file.sizeBytes,
    mimeType: lookup(file.name) || 'application/octet-stream',
    sha256: hash ?? file.sha256 ?? '',
    change: file.change,
  };
  if (file.change !== 'removed' && !file.content) record.omitted = true;
  return record;
}

function outputFile(record: FileRecord, source: ContentSource): OutputFile {
  return {
    ...record,
    bytes: () => source.bytes(record),
    stream: () => source.stream(record),
  };
}

const join = (outcome: RunOutcome, stream: 'stdout' | 'stderr'): string =>
  outcome.outputs.map((output) => (output.type === stream ? output.text : '')).join('');

/** The part of an execution that is plain JSON: what the journal keeps. */
export type PlainExecution = Omit<Execution, 'files'> & {
  exitCode?: number | null | undefined;
  /** For the journal only: what it read of clocks and the like. */
  trace?: RunOutcome['trace'];
};

export function plainExecution(
  id: string,
  outcome: RunOutcome,
  isolation: IsolationReport,
  savepoint: SavepointReport,
  survival: SurvivalReport | undefined,
  rolledBack = !isKept(outcome.status),
): PlainExecution {
  return {
    id,
    status: outcome.status,
    stdout: join(outcome, 'stdout'),
    stderr: join(outcome, 'stderr'),
    truncated: outcome.truncated,
    outputs: outcome.outputs,
    result: outcome.result,
    displays: outcome.outputs.flatMap((output) => (output.type === 'display' ? [output.data] : [])),
    error: outcome.error,
    limit: outcome.limit,
    rolledBack,
    usage: outcome.usage,
    isolation,
    savepoint,
    survival,
    leftovers: outcome.leftovers,
    ...(outcome.exitCode === undefined ? {} : { exitCode: outcome.exitCode }),
    ...(outcome.trace && { trace: outcome.trace }),
  };
}

export function completeExecution(
  { trace: _, ...plain }: PlainExecution,
  files: readonly FileRecord[],
  source: ContentSource,
): Execution {
  return { ...plain, files: files.map((file) => outputFile(file, source)) };
}

/** An execution that is part of the sandbox's state; what ended otherwise is rolled back. */
export function isKept(status: string): boolean {
  return status === 'ok' || status === 'error';
}

/** Interrupted, and kept as it was then by `onFailure: 'keep'`: in no journal can it run again. */
export function isKeptInterrupted({ status, outcome }: ExecutionRecord): boolean {
  return !isKept(status) && (outcome as PlainExecution | null)?.rolledBack === false;
}

/** It has a result that is final. */
export function isEnded({ status }: ExecutionRecord): boolean {
  return status !== 'running' && status !== 'interrupted';
}

export function recordedExecution(entry: ExecutionRecord, source: ContentSource): Execution {
  return completeExecution(entry.outcome as PlainExecution, entry.files, source);
}

export function asShellResult(execution: Execution): ShellResult {
  const { exitCode } = execution as Execution & { exitCode?: number | null };
  return { ...execution, exitCode: exitCode ?? null };
}

/** What an execution is that was cancelled before its turn came. */
export function cancelledOutcome(): RunOutcome {
  return {
    status: 'cancelled',
    outputs: [],
    truncated: false,
    result: undefined,
    error: undefined,
    limit: undefined,
    files: [],
    usage: { wallMs: 0, cpuMs: 0, peakMemoryBytes: 0 },
    leftovers: [],
    exitCode: undefined,
    memoryLost: undefined,
  };
}
