import type { Engine, EngineOptions } from '@belljar/core';
import { openEngine } from '../options/open-engine.js';
import type { StoreFlags } from '../options/store-options.js';

/** Runs a task with the engine of `--directory`, as `--owner` where one is given. */
export async function withKeptEngine<T>(
  flags: StoreFlags,
  options: EngineOptions,
  task: (engine: Engine) => Promise<T>,
): Promise<T> {
  const { directory, owner } = flags;
  await using engine = await openEngine({ ...options, directory });
  return await task(owner === undefined ? engine : engine.as(owner));
}

/** For commands that run no code: none is kept ready. */
export const nothingReady: EngineOptions = { python: { poolSize: 0 } };
