/** The journal of each sandbox in memory. */
import { checkExecutionFinish, checkExecutionStart, contentOf } from '../../check-execution.js';
import { checkEpoch, checkPageSize, checkWhole, requireObject } from '../../check-input.js';
import { copyJson } from '../../copy-json.js';
import { hasEnded, noExecution, requireEpoch } from '../../refusals.js';
import type {
  BeginResult,
  ExecutionRecord,
  ExecutionStart,
  ExecutionSummary,
  JournalStore,
} from '../../store.js';
import { audit } from './memory-audit.js';
import { endDraft, releaseUses, useBlobs } from './memory-blobs.js';
import {
  applyPatch,
  firstIndexAfter,
  type MemorySandbox,
  type MemoryState,
  requireOpen,
  requireSandbox,
} from './memory-state.js';

export function createMemoryJournal(state: MemoryState): JournalStore {
  return {
    async beginExecution(sandboxId, start, epoch) {
      requireOpen(state);
      const sandbox = requireLeased(state, sandboxId, epoch);
      return beginExecution(state, sandbox, checkExecutionStart(start));
    },
    async finishExecution(sandboxId, executionId, finish, epoch) {
      requireOpen(state);
      const sandbox = requireLeased(state, sandboxId, epoch);
      const entry = sandbox.entriesById.get(executionId);
      if (!entry) throw noExecution(sandboxId, executionId);
      if (entry.status !== 'running') throw hasEnded(entry.id, entry.status);
      finishExecution(sandbox, entry, checkExecutionFinish(finish));
    },
    async abandonExecution(sandboxId, executionId, epoch) {
      requireOpen(state);
      const sandbox = requireLeased(state, sandboxId, epoch);
      const entry = sandbox.entriesById.get(executionId);
      if (!entry) return;
      if (entry.status !== 'running') throw hasEnded(entry.id, entry.status);
      removeEntry(sandbox, entry);
    },
    async appendExecution(sandboxId, entry, epoch) {
      requireOpen(state);
      const sandbox = requireLeased(state, sandboxId, epoch);
      const start = checkExecutionStart(entry);
      const finish = checkExecutionFinish(entry);
      const begun = beginExecution(state, sandbox, start);
      if (!begun.created) return begun;
      const stored = sandbox.entriesById.get(start.id) as ExecutionRecord;
      finishExecution(sandbox, stored, finish);
      return { entry: copyEntry(stored), created: true };
    },
    async getExecution(sandboxId, executionId) {
      requireOpen(state);
      const entry = state.sandboxes.get(sandboxId)?.entriesById.get(executionId);
      return entry && copyEntry(entry);
    },
    async listExecutions(sandboxId, query) {
      requireOpen(state);
      requireObject(query, 'query');
      const after = checkWhole(query.after ?? 0, 'after');
      const limit = checkPageSize(query.limit, 'limit');
      const entries = state.sandboxes.get(sandboxId)?.entries ?? [];
      const first = firstIndexAfter(entries, (entry) => entry.position - after);
      return entries.slice(first, first + limit).map(summarize);
    },
    async rewindJournal(sandboxId, position, epoch) {
      requireOpen(state);
      const sandbox = requireLeased(state, sandboxId, epoch);
      rewind(sandbox, checkWhole(position, 'position'));
      const { owner } = sandbox.record;
      audit(state, { what: 'rollback', sandboxId, owner, details: { position } });
    },
  };
}

export function requireLeased(
  state: MemoryState,
  sandboxId: string,
  epoch: number | undefined,
): MemorySandbox {
  const sandbox = requireSandbox(state, sandboxId);
  requireEpoch(sandboxId, sandbox.lease, checkEpoch(epoch));
  return sandbox;
}

function beginExecution(
  state: MemoryState,
  sandbox: MemorySandbox,
  start: ExecutionStart,
): BeginResult {
  const known = sandbox.entriesById.get(start.id);
  const again = known?.status === 'interrupted' && known.requestHash === start.requestHash;
  if (known && !again) return { entry: copyEntry(known), created: false };
  if (known) removeEntry(sandbox, known);
  sandbox.lastPosition += 1;
  const entry: ExecutionRecord = {
    ...start,
    position: sandbox.lastPosition,
    status: 'running',
    endTime: undefined,
    files: [],
    inputs: [],
    outcome: null,
  };
  sandbox.entries.push(entry);
  sandbox.entriesById.set(entry.id, entry);
  const { id: sandboxId, owner } = sandbox.record;
  const details = { execution: start.id, requestHash: start.requestHash };
  audit(state, { what: 'execute', sandboxId, owner, details });
  return { entry: copyEntry(entry), created: true };
}

function finishExecution(
  sandbox: MemorySandbox,
  entry: ExecutionRecord,
  finish: ReturnType<typeof checkExecutionFinish>,
): void {
  entry.status = finish.status;
  entry.endTime = finish.endTime;
  entry.outcome = finish.outcome;
  entry.files = finish.files;
  entry.inputs = finish.inputs;
  useBlobs(sandbox, entry, contentOf(finish));
  endDraft(sandbox, entry.id);
  if (finish.sandbox) applyPatch(sandbox, finish.sandbox);
}

function rewind(sandbox: MemorySandbox, position: number): void {
  for (const entry of sandbox.entries) {
    if (entry.position <= position) continue;
    entry.undone = true;
    releaseUses(sandbox, entry);
  }
  for (const checkpoint of sandbox.checkpoints) {
    if (checkpoint.position > position) releaseUses(sandbox, checkpoint);
  }
  sandbox.checkpoints = sandbox.checkpoints.filter((one) => one.position <= position);
}

function removeEntry(sandbox: MemorySandbox, entry: ExecutionRecord): void {
  const after = firstIndexAfter(sandbox.entries, ({ position }) => position - entry.position);
  sandbox.entries.splice(after - 1, 1);
  sandbox.entriesById.delete(entry.id);
}

function copyEntry(entry: ExecutionRecord): ExecutionRecord {
  return { ...summarize(entry), outcome: copyJson(entry.outcome, 'outcome') };
}

function summarize(entry: ExecutionRecord): ExecutionSummary {
  const { outcome: _, ...summary } = entry;
  return {
    ...summary,
    request: copyJson(entry.request, 'request'),
    files: entry.files.map((file) => ({ ...file })),
    inputs: entry.inputs.map((input) => ({ ...input })),
  };
}
