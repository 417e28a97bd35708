/** The journal of each sandbox in memory. */
import {
  checkExecutionFinish,
  checkExecutionStart,
  checkPageSize,
  checkWhole,
  requireObject,
} from '../../check-input.js';
import { copyJson } from '../../copy-json.js';
import { StoreError } from '../../errors.js';
import type {
  BeginResult,
  ExecutionFinish,
  ExecutionRecord,
  ExecutionStart,
  ExecutionSummary,
  JournalStore,
} from '../../store.js';
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
    async beginExecution(sandboxId, start) {
      requireOpen(state);
      return beginExecution(requireSandbox(state, sandboxId), checkExecutionStart(start));
    },
    async finishExecution(sandboxId, executionId, finish) {
      requireOpen(state);
      const sandbox = requireSandbox(state, sandboxId);
      const entry = sandbox.entriesById.get(executionId);
      if (!entry) {
        throw new StoreError('NOT_FOUND', 'There is no such execution.', {
          details: { sandboxId, executionId },
        });
      }
      if (entry.status !== 'running') throw hasEnded(entry);
      finishExecution(sandbox, entry, checkExecutionFinish(finish));
    },
    async abandonExecution(sandboxId, executionId) {
      requireOpen(state);
      abandonExecution(requireSandbox(state, sandboxId), executionId);
    },
    async appendExecution(sandboxId, entry) {
      requireOpen(state);
      const sandbox = requireSandbox(state, sandboxId);
      const start = checkExecutionStart(entry);
      const finish = checkExecutionFinish(entry);
      const begun = beginExecution(sandbox, start);
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
  };
}

function beginExecution(sandbox: MemorySandbox, start: ExecutionStart): BeginResult {
  const known = sandbox.entriesById.get(start.id);
  if (known) return { entry: copyEntry(known), created: false };
  sandbox.lastPosition += 1;
  const entry: ExecutionRecord = {
    ...start,
    position: sandbox.lastPosition,
    status: 'running',
    endTime: undefined,
    files: [],
    outcome: null,
  };
  sandbox.entries.push(entry);
  sandbox.entriesById.set(entry.id, entry);
  return { entry: copyEntry(entry), created: true };
}

function finishExecution(
  sandbox: MemorySandbox,
  entry: ExecutionRecord,
  finish: ExecutionFinish,
): void {
  entry.status = finish.status;
  entry.endTime = finish.endTime;
  entry.outcome = finish.outcome;
  entry.files = finish.files;
  if (finish.sandbox) applyPatch(sandbox, finish.sandbox);
}

function abandonExecution(sandbox: MemorySandbox, executionId: string): void {
  const entry = sandbox.entriesById.get(executionId);
  if (!entry) return;
  if (entry.status !== 'running') throw hasEnded(entry);
  const after = firstIndexAfter(sandbox.entries, ({ position }) => position - entry.position);
  sandbox.entries.splice(after - 1, 1);
  sandbox.entriesById.delete(executionId);
}

function copyEntry(entry: ExecutionRecord): ExecutionRecord {
  return {
    ...entry,
    files: entry.files.map((file) => ({ ...file })),
    outcome: copyJson(entry.outcome, 'outcome'),
  };
}

function summarize(entry: ExecutionRecord): ExecutionSummary {
  const { outcome: _, ...summary } = entry;
  return { ...summary, files: entry.files.map((file) => ({ ...file })) };
}

function hasEnded(entry: ExecutionRecord): StoreError {
  return new StoreError('ALREADY_EXISTS', 'The execution has ended already.', {
    details: { executionId: entry.id, status: entry.status },
  });
}
