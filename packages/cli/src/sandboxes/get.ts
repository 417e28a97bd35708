/** `belljar get`: all that is known of a sandbox without waking it. */
import type { StoreFlags } from '../options/store-options.js';
import { printJson } from '../terminal/json.js';
import { print, wantsJson } from '../terminal/print.js';
import { terminalWidth } from '../terminal/table.js';
import { nothingReady, withKeptEngine } from './kept-engine.js';
import { oneSandboxTable } from './sandbox-table.js';

export async function getCommand(id: string, flags: StoreFlags): Promise<void> {
  const { info } = await withKeptEngine(flags, nothingReady, (engine) => engine.getSandbox(id));
  if (wantsJson(flags)) printJson(info);
  else print(oneSandboxTable(info, terminalWidth()));
}
