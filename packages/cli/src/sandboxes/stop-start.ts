/** `belljar stop` and `start`: silent when done. */

import type { StoreFlags } from '../options/store-options.js';
import { printJson } from '../terminal/json.js';
import { nothingReady, withKeptEngine } from './kept-engine.js';

export const stopCommand = (id: string, flags: StoreFlags): Promise<void> =>
  change(id, flags, 'stop');

export const startCommand = (id: string, flags: StoreFlags): Promise<void> =>
  change(id, flags, 'start');

async function change(id: string, flags: StoreFlags, call: 'stop' | 'start'): Promise<void> {
  const info = await withKeptEngine(flags, nothingReady, async (engine) => {
    const sandbox = await engine.getSandbox(id);
    await sandbox[call]();
    return sandbox.info;
  });
  if (flags.json) printJson(info);
}
