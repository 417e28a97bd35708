import type { Engine, EngineOptions, Sandbox } from '@belljar/core';
import { openEngine } from '../options/open-engine.js';
import type { PlaceFlags } from '../options/store-options.js';

/** Runs a task with the engine of `--directory`, as `--owner` where one is given. */
export async function withKeptEngine<T>(
  flags: PlaceFlags,
  options: EngineOptions,
  task: (engine: Engine) => Promise<T>,
): Promise<T> {
  const { directory, owner, location } = flags;
  await using engine = await openEngine({ ...options, directory, location });
  return await task(owner === undefined ? engine : engine.as(owner));
}

/** With a sandbox that this process may change: another one that holds it, idle, lets go of it. */
export function withTaken<T>(
  id: string,
  flags: PlaceFlags,
  task: (sandbox: Sandbox, engine: Engine) => Promise<T>,
): Promise<T> {
  return withKeptEngine(flags, nothingReady, async (engine) =>
    task(await engine.getSandbox(id, { takeOver: true }), engine),
  );
}

/** For commands that run no code: none is kept ready. */
export const nothingReady: EngineOptions = { python: { poolSize: 0 } };
