/** Which levels Python sandboxes can have, and which layers each one needs. */
import type { IsolationLevel } from '../engine.js';

/** Best first. A level joins the list when the Python runtime can be started at it. */
export const PYTHON_LEVELS: readonly IsolationLevel[] = ['namespaces', 'confined'];

const ORDER: readonly (IsolationLevel | 'none')[] = ['none', 'process', 'confined', 'namespaces'];

export function isAtLeast(level: IsolationLevel | 'none', minimum: IsolationLevel): boolean {
  return ORDER.indexOf(level) >= ORDER.indexOf(minimum);
}

interface LayerNeeds {
  neededFor: IsolationLevel | 'optional';
  /** Levels above that hold without it all the same: something else does its work there. */
  notNeededFor?: IsolationLevel;
  /** There is none of it for an ordinary user, and nothing is lost. */
  onlyRoot?: true;
}

/** Names are those of `birth.py`; the order is that of the report. */
export const LAYERS: Readonly<Record<string, LayerNeeds>> = {
  'user-namespace': { neededFor: 'namespaces' },
  'mount-namespace': { neededFor: 'namespaces' },
  'pid-namespace': { neededFor: 'namespaces' },
  'network-namespace': { neededFor: 'namespaces' },
  'ipc-namespace': { neededFor: 'namespaces' },
  'uts-namespace': { neededFor: 'namespaces' },
  'cgroup-namespace': { neededFor: 'namespaces' },
  'read-only-root': { neededFor: 'namespaces' },
  'workspace-quota': { neededFor: 'namespaces' },
  'own-user-id': { neededFor: 'confined', onlyRoot: true },
  'no-capabilities': { neededFor: 'confined' },
  'no-new-privileges': { neededFor: 'confined' },
  seccomp: { neededFor: 'confined' },
  // With namespaces the mounts are the first fence, and Landlock a second one.
  landlock: { neededFor: 'confined', notNeededFor: 'namespaces' },
  rlimits: { neededFor: 'confined' },
  lifeline: { neededFor: 'confined' },
  watchdog: { neededFor: 'confined' },
  'landlock-signals': { neededFor: 'optional' },
  proc: { neededFor: 'optional' },
  'namespace-limits': { neededFor: 'optional' },
  hostname: { neededFor: 'optional' },
  cgroups: { neededFor: 'optional' },
};

/** The highest level of `PYTHON_LEVELS` whose layers are all in force. */
export function reachedLevel(
  inForce: (layer: string) => boolean,
  user: 'root' | 'ordinary',
): IsolationLevel | 'none' {
  const holds = (level: IsolationLevel): boolean =>
    Object.entries(LAYERS).every(([layer, { neededFor, notNeededFor, onlyRoot }]) => {
      if (neededFor === 'optional' || notNeededFor === level) return true;
      if (onlyRoot && user !== 'root') return true;
      return !isAtLeast(level, neededFor) || inForce(layer);
    });
  return PYTHON_LEVELS.find(holds) ?? 'none';
}
