/** The part of `createEngine` that needs the whole engine. */
import type { Engine } from '../engine.js';
import type { PythonLaunch } from '../runtimes/python/launch.js';
import { checkEngineOptions } from './check-input.js';
import { EngineCore } from './engine-core.js';
import { LocalEngine } from './local-engine.js';
import { prepareDirectory } from './state-directory.js';

export async function openEngine(
  given: unknown,
  early: Promise<PythonLaunch> | undefined,
): Promise<Engine> {
  const options = checkEngineOptions(given);
  if (options.directory !== undefined) await prepareDirectory(options.directory);
  const core = new EngineCore(options, early);
  if (options.directory !== undefined && !core.store.capabilities.durable) {
    core.warn('NOT_DURABLE', 'Nothing is kept in `directory` yet: sandboxes live in memory only.');
  }
  core.runtimes.warmUp();
  return new LocalEngine(core);
}
