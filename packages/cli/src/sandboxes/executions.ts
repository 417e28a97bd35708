/** `belljar executions`: the journal. Waking nothing, it needs no lease. */
import type { ExecutionEntry } from '@belljar/core';
import type { ExecutionsFlags } from '../commands/journal.js';
import { printJson } from '../terminal/json.js';
import { note, print, wantsJson } from '../terminal/print.js';
import { terminalWidth } from '../terminal/table.js';
import { executionTable } from './execution-table.js';
import { nothingReady, withKeptEngine } from './kept-engine.js';

export async function executionsCommand(id: string, flags: ExecutionsFlags): Promise<void> {
  const { limit, after } = flags;
  const executions = await withKeptEngine(flags, nothingReady, async (engine) => {
    const sandbox = await engine.getSandbox(id);
    const entries: ExecutionEntry[] = [];
    for await (const entry of sandbox.executions({ limit, after })) entries.push(entry);
    return entries;
  });
  if (wantsJson(flags)) printJson({ executions });
  else if (executions.length === 0) note('there are none.');
  else print(executionTable(executions, terminalWidth()));
}
