/** `belljar delete`: silent when done, as rm(1) is. */
import type { StoreFlags } from '../options/store-options.js';
import { printJson } from '../terminal/json.js';
import { nothingReady, withKeptEngine } from './kept-engine.js';

export async function deleteCommand(id: string, flags: StoreFlags): Promise<void> {
  await withKeptEngine(flags, nothingReady, (engine) => engine.deleteSandbox(id));
  if (flags.json) printJson({ deleted: id });
}
