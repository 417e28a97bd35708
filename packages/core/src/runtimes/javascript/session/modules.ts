/** The modules that code can have. Node's own are shut before the first line of it runs. */
import { registerHooks } from 'node:module';
import { posix } from 'node:path';
import type { WorkspaceFs } from './workspace-fs.js';

export const NO_NETWORK = 'A sandbox has no network.';

export type Require = (name: unknown) => unknown;

function missing(name: string): Error {
  const error = new Error(
    `There is no module '${name}' in a sandbox: only 'fs', 'fs/promises' and 'path'. ${NO_NETWORK}`,
  );
  return Object.assign(error, { code: 'MODULE_NOT_FOUND' });
}

/** No way of loading reaches Node's loader any more, `import()` in evaluated text included. */
export function shutLoader(): void {
  registerHooks({
    resolve: (name) => {
      throw missing(name);
    },
    load: (name) => {
      throw missing(name);
    },
  });
}

export function createRequire(fs: WorkspaceFs): Require {
  const modules = new Map<string, unknown>([
    ['fs', fs],
    ['fs/promises', fs.promises],
    ['path', { ...posix, posix }],
  ]);
  return (name) => {
    const bare = String(name).replace(/^node:/, '');
    const found = modules.get(bare) ?? modules.get(bare === 'path/posix' ? 'path' : '');
    if (found === undefined) throw missing(String(name));
    return found;
  };
}

/** A module as `import` sees it: its members, and itself as the default. */
export function namespaceOf(module: unknown): Record<string, unknown> {
  return { ...(module as Record<string, unknown>), default: module };
}
