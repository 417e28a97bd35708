/** `belljar delete`: silent when done, as rm(1) is. */
import { BelljarError, type Engine } from '@belljar/core';
import type { StoreFlags } from '../options/store-options.js';
import { printJson } from '../terminal/json.js';
import { nothingReady, withKeptEngine } from './kept-engine.js';

export async function deleteCommand(id: string, flags: StoreFlags): Promise<void> {
  await withKeptEngine(flags, nothingReady, (engine) => deleteEither(engine, id));
  if (flags.json) printJson({ deleted: id });
}

/** An id names one or the other. */
async function deleteEither(engine: Engine, id: string): Promise<void> {
  try {
    await engine.deleteSandbox(id);
  } catch (error) {
    if (!BelljarError.isInstance(error) || error.code !== 'SANDBOX_NOT_FOUND') throw error;
    await engine.deleteSnapshot(id);
  }
}
