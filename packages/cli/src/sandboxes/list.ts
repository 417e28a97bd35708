/** `belljar list`: one page, as the engine gives it. */
import type { ListFlags } from '../commands/sandboxes.js';
import { printJson } from '../terminal/json.js';
import { note, print, wantsJson } from '../terminal/print.js';
import { terminalWidth } from '../terminal/table.js';
import { nothingReady, withKeptEngine } from './kept-engine.js';
import { sandboxTable } from './sandbox-table.js';

export async function listCommand(flags: ListFlags): Promise<void> {
  const page = await withKeptEngine(flags, nothingReady, (engine) =>
    engine.listSandboxes({
      state: flags.state,
      language: flags.language,
      labels: flags.label,
      pageSize: flags.pageSize,
      pageToken: flags.pageToken,
    }),
  );
  if (wantsJson(flags)) return printJson(page);
  if (page.sandboxes.length === 0) return note('there are none.');
  print(sandboxTable(page.sandboxes, terminalWidth()));
  if (page.nextPageToken !== undefined) note(`more with --page-token ${page.nextPageToken}`);
}
