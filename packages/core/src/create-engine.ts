import type { Engine, EngineOptions } from './engine.js';
import { BelljarError } from './errors.js';
import { checkEngineOptions } from './lifecycle/check-input.js';
import { EngineCore } from './lifecycle/engine-core.js';
import { LocalEngine } from './lifecycle/local-engine.js';

/**
 * Opens an engine. It begins to start Python at once and in the background; what is missing for
 * that is said by the first call that needs it.
 *
 * Errors: `INVALID_ARGUMENT` for options of a wrong type.
 */
export async function createEngine(given: EngineOptions = {}): Promise<Engine> {
  const options = checkEngineOptions(given);
  if (process.platform !== 'linux') {
    throw new BelljarError(
      'ISOLATION_UNAVAILABLE',
      `Sandboxes need Linux; this is ${process.platform}.`,
      { suggestion: 'Run the engine in a Linux container or virtual machine.' },
    );
  }
  const core = new EngineCore(options);
  core.runtimes.warmUp();
  return new LocalEngine(core);
}
