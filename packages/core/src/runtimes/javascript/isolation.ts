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
export const WEAKENED_AT_PROCESS: readonly { promise: string; reason: string }[] = [
  { promise: 'jail.no-network', reason: 'the process has the network of the machine' },
  { promise: 'jail.no-host-files', reason: "Node's permission model does not bind native code" },
  { promise: 'jail.no-host-processes', reason: 'there is one process space' },
  { promise: 'jail.kernel-surface', reason: 'no filter refuses system calls' },
  { promise: 'limits.enforced', reason: 'CPUs, open files and the disk have no hard limit' },
  { promise: 'owner.bound', reason: 'sandboxes of all owners run as one user' },
  { promise: 'store.never-unpickled', reason: 'the code itself runs outside a jail' },
];

export function processIsolation(): IsolationReport {
  return {
    level: 'process',
    layers: ['permission-model', 'isolate', 'empty-environment', 'heap-limit', 'memory-watch'],
    missing: MISSING.map((layer) => ({ layer, reason: NOT_HERE })),
    weakened: WEAKENED_AT_PROCESS.map(({ promise }) => promise),
  };
}

export const PROCESS_WARNING =
  "JavaScript runs at isolation level 'process': in a child process with Node's permission model, " +
  'which does not hold hostile code. Promises that do not hold there: ' +
  `${WEAKENED_AT_PROCESS.map(({ promise }) => promise).join(', ')}. Use it for developing only.`;
