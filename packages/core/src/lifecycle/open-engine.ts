/** The part of `createEngine` that needs the whole engine. */
import { createSqliteStore, type Store } from '@belljar/store';
import type { Engine, EngineOptions } from '../engine.js';
import { BelljarError } from '../errors.js';
import type { JailLaunch } from '../runtimes/jailed/launch.js';
import { checkEngineOptions } from './check-input.js';
import { EngineCore } from './engine-core.js';
import { LocalEngine } from './local-engine.js';
import { prepareDirectory } from './state-directory.js';
import { explainStoreError } from './store-errors.js';

export async function openEngine(
  given: unknown,
  early: Promise<JailLaunch> | undefined,
): Promise<Engine> {
  const options = checkEngineOptions(given);
  const core = new EngineCore(options, await openDirectory(options), early);
  if (options.directory !== undefined) {
    // What expired while no engine was open; what is not reached now is tried again.
    void core.reaper.reap().catch(() => {});
  }
  if (options.python?.poolSize !== 0) core.runtimes.warmUp();
  return new LocalEngine(core);
}

async function openDirectory({
  directory,
  durability,
  keyProvider,
  store,
}: EngineOptions): Promise<Store | undefined> {
  if (directory === undefined) return undefined;
  if (store !== undefined) {
    throw new BelljarError('INVALID_ARGUMENT', 'Give `directory` or `store`, not both.');
  }
  const path = await prepareDirectory(directory);
  try {
    const synced = durability === 'checkpoint' ? 'process' : durability;
    return await createSqliteStore({ directory: path, durability: synced, keyProvider });
  } catch (error) {
    throw explainStoreError(error);
  }
}
