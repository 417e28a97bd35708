/** What level `process` has, what it lacks, and which promises do not hold in full there. */
import type { IsolationReport } from '../../execution.js';

const NOT_HERE = "not part of isolation level 'process'";

const MISSING = [
  'user-namespace',
  'mount-namespace',
  'pid-namespace',
  'network-namespace',
  'root',
  'own-user-id',
  'landlock',
  'seccomp',
  'no-new-privileges',
  'rlimits',
  'cgroup',
];

/** `docs/process-level.md` says for each what an attacker gains. */
const WEAKENED = [
  'jail.no-network',
  'jail.no-host-files',
  'jail.no-host-processes',
  'jail.kernel-surface',
  'limits.enforced',
  'owner.bound',
  'store.never-unpickled',
];

export function processIsolation(): IsolationReport {
  return {
    level: 'process',
    layers: ['permission-model', 'empty-environment', 'heap-limit', 'memory-watch'],
    missing: MISSING.map((layer) => ({ layer, reason: NOT_HERE })),
    weakened: [...WEAKENED],
  };
}

export const PROCESS_WARNING =
  "JavaScript runs at isolation level 'process': in a child process with Node's permission model, " +
  'which does not hold hostile code. Promises that do not hold there: ' +
  `${WEAKENED.join(', ')}. Use it for developing only.`;
