/** Runs again what the journal has since a checkpoint. A sandbox has no network: nothing else sees it. */
import type { ExecutionRecord, ExecutionSummary, Store } from '@belljar/store';
import { BelljarError } from '../errors.js';
import type { SurvivalReport } from '../execution.js';
import { exactName } from '../runtimes/file-names.js';
import type { RunOutcome, SandboxProcess } from '../runtimes/runtime.js';
import {
  fileRecord,
  isKept,
  isKeptInterrupted,
  type PlainExecution,
  sha256,
} from './execution-record.js';
import { replayDifference } from './replay-difference.js';
import {
  type DeedParameters,
  type Input,
  type Request,
  runFileOperation,
  runRequest,
  writeInputs,
} from './request.js';

const ENTRIES_AT_ONCE = 100;
/** A busier or slower machine needs longer for what came to its end before. */
const TIMEOUT_FACTOR = 2;
const SKIPPED = 'the interpreter did not survive it when it ran again';
const SPAWNED =
  'a command that spawn() started does not run again: what it wrote since the last checkpoint is gone';

type Diverged = SurvivalReport['diverged'][number];

export interface ReplayOptions {
  store: Store;
  sandboxId: string;
  after: number;
  timeoutMs: number;
  /** Ids of entries that ended the process when they ran again. */
  skipped: ReadonlySet<string>;
}

/** An entry after which there is no process any more to go on with. */
export class ReplayEnded extends Error {
  readonly executionId: string;

  constructor(executionId: string, reason: string) {
    super(reason);
    this.executionId = executionId;
  }
}

const NOT_RECORDED = 'it read its clock more often than is recorded: it may not be as it was';
const INTERRUPTED = 'it was interrupted and kept as it was then: it cannot run again';

/** Whether an entry may be part of the state: what failed was rolled back, unless it was to be kept. */
const counts = ({ status, undone }: ExecutionSummary): boolean =>
  !undone && (isKept(status) || status === 'timeout' || status === 'cancelled');

async function isThere({ id, status }: ExecutionSummary, store: Store, sandboxId: string) {
  if (isKept(status)) return true;
  const entry = await store.getExecution(sandboxId, id);
  return entry !== undefined && isKeptInterrupted(entry);
}

async function* entriesToReplay({ store, sandboxId, after }: ReplayOptions) {
  let position = after;
  for (;;) {
    const page = await store.listExecutions(sandboxId, { after: position, limit: ENTRIES_AT_ONCE });
    for (const entry of page) {
      position = entry.position;
      if (counts(entry) && (await isThere(entry, store, sandboxId))) yield entry;
    }
    if (page.length < ENTRIES_AT_ONCE) return;
  }
}

/** Resolves to the position that the process is as after, and to what came out differently. */
export async function replay(
  process: SandboxProcess,
  options: ReplayOptions,
): Promise<{ position: number; diverged: Diverged[] }> {
  let position = options.after;
  let last: string | undefined;
  const diverged: Diverged[] = [];
  for await (const summary of entriesToReplay(options)) {
    position = summary.position;
    const isSkipped = options.skipped.has(summary.id);
    const reason = isSkipped ? SKIPPED : await replayEntry(process, summary, options);
    if (!isSkipped && summary.kind === 'execute' && isKept(summary.status)) last = summary.id;
    if (reason === undefined) continue;
    const variables = await namesIn(process, summary.code);
    diverged.push({ executionId: summary.id, variables, reason });
  }
  if (last !== undefined && process.answers && !(await process.answers())) {
    throw new ReplayEnded(last, 'its interpreter does not answer any more');
  }
  return { position, diverged };
}

/** Resolves to how it came out differently. */
async function replayEntry(
  process: SandboxProcess,
  summary: ExecutionSummary,
  options: ReplayOptions,
): Promise<string | undefined> {
  if (!isKept(summary.status)) return INTERRUPTED;
  const inputs = await readInputs(summary, options);
  if (summary.kind === 'files') {
    const parameters = summary.request as DeedParameters;
    if (parameters.operation === 'spawn') return SPAWNED;
    return runFileOperation(process, parameters, inputs).then(() => undefined, failure);
  }
  const entry = await options.store.getExecution(options.sandboxId, summary.id);
  if (!entry) throw gone(summary.id);
  const request = { kind: entry.kind, code: entry.code, parameters: entry.request } as Request;
  if (request.kind === 'execute') await writeInputs(process, inputs);
  const { trace } = (entry.outcome ?? {}) as Partial<PlainExecution>;
  const outcome = await runRequest(process, request, inputs, {
    timeoutMs: (request.parameters.timeoutMs ?? options.timeoutMs) * TIMEOUT_FACTOR,
    signal: undefined,
    replay: { startTimeMs: entry.startTime, trace: trace?.exact ? trace.data : undefined },
  });
  if (!isKept(outcome.status) || outcome.memoryLost !== undefined) {
    throw new ReplayEnded(entry.id, `its status was '${outcome.status}'`);
  }
  rememberFiles(process, entry, outcome);
  return replayDifference(entry, outcome) ?? (trace && !trace.exact ? NOT_RECORDED : undefined);
}

async function readInputs(
  { id, inputs }: ExecutionSummary,
  { store, sandboxId }: ReplayOptions,
): Promise<Input[]> {
  const read: Input[] = [];
  for (const input of inputs) {
    const content = await store.getBlob(sandboxId, input.sha256);
    if (!content) throw gone(id);
    read.push({ ...input, name: exactName(input.name), content });
  }
  return read;
}

/** What came out as recorded is in the store already. */
function rememberFiles(process: SandboxProcess, entry: ExecutionRecord, outcome: RunOutcome): void {
  const kept = new Set(entry.files.flatMap((file) => (file.omitted ? [] : [file.sha256])));
  const files = outcome.files
    .filter(({ content }) => content !== undefined)
    .map((file) => fileRecord(file, file.content && sha256(file.content)))
    .filter((file) => kept.has(file.sha256));
  process.remember?.(files);
}

/** Variables that there are, of those that the code names: which of them differ cannot be told. */
async function namesIn(process: SandboxProcess, code: string): Promise<string[]> {
  const words = new Set(code.match(/[\p{L}_$][\p{L}\p{N}_$]*/gu));
  const variables = await process.variables().catch(() => []);
  return variables.map(({ name }) => name).filter((name) => words.has(name));
}

const failure = (error: unknown): string =>
  `it failed when it ran again: ${error instanceof Error ? error.message : String(error)}`;

const gone = (id: string): BelljarError =>
  new BelljarError('STORE_CORRUPT', `The journal's entry '${id}' is not whole.`, {
    suggestion: 'Restore the directory from a copy.',
  });
