/** A sandbox's journal as a caller reads it, page by page. */
import type { ExecutionRecord, Store } from '@belljar/store';
import { BelljarError } from '../errors.js';
import type { ExecutionEntry } from '../sandbox.js';
import type { PlainExecution } from './execution-record.js';

const ENTRIES_AT_ONCE = 100;

export interface JournalQuery {
  limit?: number | undefined;
  after?: string | undefined;
}

function toEntry(entry: ExecutionRecord): ExecutionEntry {
  const { id, kind, code, status, startTime, endTime, files, undone } = entry;
  const outcome = entry.outcome as PlainExecution | null;
  const text = outcome?.result?.['text/plain'];
  return {
    id,
    kind,
    code,
    status: status as ExecutionEntry['status'],
    startTime: new Date(startTime).toISOString(),
    endTime: new Date(endTime ?? startTime).toISOString(),
    files: files.map(({ omitted: _, ...file }) => file),
    usage: outcome?.usage,
    error: outcome?.error,
    result: typeof text === 'string' ? text : undefined,
    ...(undone && { undone }),
  };
}

async function positionOf(store: Store, sandboxId: string, id: string): Promise<number> {
  const entry = await store.getExecution(sandboxId, id);
  if (entry) return entry.position;
  throw new BelljarError('INVALID_ARGUMENT', `There is no execution '${id}'.`);
}

/** What has ended, oldest first. */
export async function* journalEntries(
  store: Store,
  sandboxId: string,
  { limit, after: afterId }: JournalQuery,
): AsyncGenerator<ExecutionEntry> {
  let left = limit ?? Number.POSITIVE_INFINITY;
  let after = afterId === undefined ? undefined : await positionOf(store, sandboxId, afterId);
  while (left > 0) {
    const page = await store.listExecutions(sandboxId, {
      after,
      limit: Math.min(left, ENTRIES_AT_ONCE),
    });
    if (page.length === 0) return;
    for (const { position, status, id } of page) {
      after = position;
      if (status === 'running') continue;
      const entry = await store.getExecution(sandboxId, id);
      if (!entry) return; // the sandbox was deleted meanwhile
      left -= 1;
      yield toEntry(entry);
    }
  }
}
