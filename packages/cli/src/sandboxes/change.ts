/** `belljar stop`, `start`, `rollback`: silent when done, as `delete` is. */
import type { Sandbox } from '@belljar/core';
import type { StoreFlags } from '../options/store-options.js';
import { printJson } from '../terminal/json.js';
import { withTaken } from './kept-engine.js';

export const stopCommand = (id: string, flags: StoreFlags): Promise<void> =>
  change(id, flags, (sandbox) => sandbox.stop());

export const startCommand = (id: string, flags: StoreFlags): Promise<void> =>
  change(id, flags, (sandbox) => sandbox.start());

export const rollbackCommand = (
  id: string,
  executionId: string,
  flags: StoreFlags,
): Promise<void> => change(id, flags, (sandbox) => sandbox.rollback(executionId));

async function change(
  id: string,
  flags: StoreFlags,
  task: (sandbox: Sandbox) => Promise<void>,
): Promise<void> {
  const info = await withTaken(id, flags, async (sandbox) => {
    await task(sandbox);
    return sandbox.info;
  });
  if (flags.json) printJson(info);
}
