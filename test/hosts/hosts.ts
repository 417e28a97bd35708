/**
 * Hosts that lack something, and what each one is expected to reach. `confined` is what a host
 * reaches once Python sandboxes have that level (`PYTHON_LEVELS`); until then it is refused there,
 * with the layer that `namespaces` lacks.
 */
import type { IsolationLevel } from '@belljar/core';
import { PYTHON_LEVELS } from '../../packages/core/src/doctor/levels.js';
import { reachablePython } from '../helpers/level.js';

/** What doctor says of a layer that is missing. */
export interface Missing {
  reason: RegExp;
  fix?: RegExp;
}

export interface Host {
  name: string;
  /** Taken away in this order, by `launcher/`. */
  facilities: string[];
  reaches: IsolationLevel | 'none';
  /** What the refusal says where the level cannot be had. */
  refusal?: RegExp;
  missing: Record<string, Missing>;
  /** Why CI may lack it. */
  optional?: string;
  /** Runs with each `npm test`; the others with `npm run hosts`. */
  always?: true;
}

const filter: Record<string, Missing> = {
  'user-namespace': { reason: /system-call filter/, fix: /seccomp/ },
  'mount-namespace': { reason: /it needs user-namespace/ },
};
/** What docs/containers.md adds to Docker's profile. */
const ALLOWED_CALLS = 'unshare,setns,mount,umount2,pivot_root,mount_setattr,sethostname';
const coveredProc: Record<string, Missing> = {
  proc: { reason: /forbids mounting a \/proc/, fix: /systempaths|unmask/ },
  'namespace-limits': { reason: /\/proc\/sys cannot be written/, fix: /systempaths|unmask/ },
};
const docker = ['docker-filter', 'docker-capabilities'];

export const HOSTS: readonly Host[] = [
  {
    name: 'as it is (root, cgroup v1 where the machine has it)',
    facilities: [],
    reaches: 'namespaces',
    missing: {},
  },
  {
    name: 'an ordinary user',
    facilities: ['ordinary-user'],
    reaches: 'namespaces',
    missing: {},
    always: true,
  },
  {
    name: 'a default Docker container, as root',
    facilities: docker,
    reaches: 'confined',
    refusal: /user-namespace/,
    missing: filter,
    always: true,
  },
  {
    name: 'a default Docker container, as an ordinary user',
    facilities: ['ordinary-user', 'docker-filter'],
    reaches: 'confined',
    refusal: /user-namespace/,
    missing: filter,
  },
  {
    name: 'a Docker container with the profile of docs/containers.md, as root',
    facilities: ['proc-covered', `docker-filter=${ALLOWED_CALLS}`, 'docker-capabilities'],
    reaches: 'namespaces',
    missing: coveredProc,
  },
  {
    name: 'a Docker container with the profile of docs/containers.md, as an ordinary user',
    facilities: ['proc-covered', 'ordinary-user', `docker-filter=${ALLOWED_CALLS}`],
    reaches: 'namespaces',
    missing: coveredProc,
  },
  {
    name: 'a default Podman container, a real one',
    facilities: ['podman'],
    reaches: 'namespaces',
    missing: {
      ...coveredProc,
      hostname: { reason: /no host name of its own/, fix: /sethostname/ },
    },
    optional: 'few machines that test have a container engine',
  },
  {
    name: 'no user namespaces',
    facilities: ['ordinary-user', 'no-user-namespaces'],
    reaches: 'confined',
    refusal: /user-namespace/,
    missing: { 'user-namespace': { reason: /limit of namespaces is 0/, fix: /sysctl/ } },
  },
  {
    name: 'mounts refused, as by AppArmor',
    facilities: ['ordinary-user', 'refuse=mount=EACCES'],
    reaches: 'confined',
    refusal: /read-only-root/,
    missing: { 'mount-namespace': { reason: /refuses it/, fix: /seccomp/ } },
  },
  {
    name: 'no /proc',
    facilities: ['no-proc'],
    reaches: 'none',
    refusal: /\/proc|user-namespace|own-user-id/,
    missing: {
      'user-namespace': { reason: /\/proc is not mounted/, fix: /mount -t proc/ },
      watchdog: { reason: /\/proc is not mounted/, fix: /mount -t proc/ },
    },
  },
  {
    name: 'a covered /proc, as in containers',
    facilities: ['proc-covered'],
    reaches: 'namespaces',
    missing: coveredProc,
  },
  {
    name: 'read-only cgroups',
    facilities: ['cgroups-read-only'],
    reaches: 'namespaces',
    missing: { cgroups: { reason: /Read-only file system/, fix: /Delegate=yes/ } },
  },
  {
    name: 'no cgroups',
    facilities: ['no-cgroups'],
    reaches: 'namespaces',
    missing: { cgroups: { reason: /none|no control groups/, fix: /Delegate=yes/ } },
  },
  {
    name: 'no Landlock in the kernel',
    facilities: ['refuse=landlock_*=ENOSYS'],
    reaches: 'namespaces',
    missing: {
      landlock: { reason: /Landlock/, fix: /CONFIG_SECURITY_LANDLOCK/ },
      'landlock-signals': { reason: /it needs landlock/ },
    },
  },
  {
    name: 'Landlock not switched on at boot',
    facilities: ['refuse=landlock_*=EOPNOTSUPP'],
    reaches: 'namespaces',
    missing: { landlock: { reason: /not switched on at boot/, fix: /lsm=/ } },
  },
  {
    name: 'a default Docker container without Landlock',
    facilities: [...docker, 'refuse=landlock_*=ENOSYS'],
    reaches: 'none',
    refusal: /user-namespace|landlock/,
    missing: {
      ...filter,
      landlock: { reason: /Landlock/, fix: /landlock_create_ruleset|LANDLOCK/ },
    },
    always: true,
  },
  {
    name: 'no seccomp',
    facilities: ['no-seccomp'],
    reaches: 'none',
    refusal: /seccomp/,
    missing: { seccomp: { reason: /no system-call filter/, fix: /CONFIG_SECCOMP_FILTER/ } },
  },
];

/** At `confined` root's sandboxes are other users: they get a Python that those can get to. */
export function environmentOf(host: Host): Record<string, string> {
  if (expectedLevel(host) !== 'confined') return {};
  const python = host.facilities.includes('ordinary-user') ? undefined : reachablePython();
  return { BELLJAR_TEST_LEVEL: 'confined', ...(python && { BELLJAR_PYTHON: python }) };
}

/** What the host reaches with the levels that there are today. */
export function expectedLevel({ reaches }: Host): IsolationLevel | 'none' {
  return reaches === 'none' || PYTHON_LEVELS.includes(reaches) ? reaches : 'none';
}
