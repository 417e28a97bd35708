/** Machines that no test runs on, by what they say of themselves. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CAUSES, type Failure } from './causes.js';
import { examine } from './examine.js';
import { explain } from './explain.js';
import type { HostFacts } from './host-facts.js';
import { reachedLevel } from './levels.js';
import { installPython } from './python-report.js';
import { runProbes } from './run-probes.js';

const plain: HostFacts = {
  platform: 'linux',
  architecture: 'x64',
  kernel: '6.8.0-45-generic',
  node: '24.0.0',
  user: 'ordinary',
  container: undefined,
  filtered: false,
  label: undefined,
  hasProc: true,
  inChroot: false,
  settings: {},
  distribution: ['debian'],
};
const refusedUnshare: Failure = {
  layer: 'user-namespace',
  errno: 1,
  message: 'unshare(0x10000000): Operation not permitted',
  kind: 'PermissionError',
  interpreter: '/usr/bin/python3.12',
};
const refusedMount: Failure = {
  ...refusedUnshare,
  layer: 'mount-namespace',
  errno: 13,
  message: 'mount none on /: Permission denied',
};
const noLandlock: Failure = {
  ...refusedUnshare,
  layer: 'landlock',
  errno: 38,
  message: 'landlock_create_ruleset: Function not implemented',
  kind: 'OSError',
};

interface Case {
  machine: string;
  failure: Failure;
  host: Partial<HostFacts>;
  cause: string;
  fix: RegExp;
}

const cases: Case[] = [
  {
    machine: 'Ubuntu 24.04',
    failure: { ...refusedUnshare, message: 'unshare(0x4000000): Operation not permitted' },
    host: { settings: { 'kernel.apparmor_restrict_unprivileged_userns': '1' } },
    cause: 'ubuntu-apparmor',
    fix: /profile belljar \/usr\/bin\/python3\.12 .*userns/,
  },
  {
    machine: 'Docker on Ubuntu 24.04 with apparmor=unconfined',
    failure: refusedMount,
    host: {
      container: 'docker',
      filtered: true,
      settings: { 'kernel.apparmor_restrict_unprivileged_userns': '1' },
    },
    cause: 'ubuntu-apparmor',
    fix: /On the host/,
  },
  {
    machine: 'an old Debian',
    failure: refusedUnshare,
    host: { settings: { 'kernel.unprivileged_userns_clone': '0' } },
    cause: 'userns-clone',
    fix: /sysctl -w kernel\.unprivileged_userns_clone=1/,
  },
  {
    machine: 'Docker',
    failure: refusedUnshare,
    host: { container: 'docker', filtered: true, label: 'docker-default (enforce)' },
    cause: 'container-filter',
    fix: /--security-opt seccomp=/,
  },
  {
    machine: 'Docker on Ubuntu 24.04 with its filter',
    failure: refusedUnshare,
    host: {
      container: 'docker',
      filtered: true,
      settings: { 'kernel.apparmor_restrict_unprivileged_userns': '1' },
    },
    cause: 'container-filter',
    fix: /--security-opt seccomp=/,
  },
  {
    machine: 'Docker with seccomp=unconfined and AppArmor',
    failure: refusedMount,
    host: { container: 'docker', label: 'docker-default (enforce)' },
    cause: 'container-label',
    fix: /apparmor=unconfined/,
  },
  {
    machine: 'Kubernetes',
    failure: refusedUnshare,
    host: { container: 'kubernetes', filtered: true },
    cause: 'container-filter',
    fix: /seccompProfile/,
  },
  {
    machine: 'Podman',
    failure: refusedUnshare,
    host: { container: 'podman', filtered: true },
    cause: 'container-filter',
    fix: /Podman|--security-opt/,
  },
  {
    machine: 'a systemd unit with RestrictNamespaces=',
    failure: refusedUnshare,
    host: { filtered: true },
    cause: 'container-filter',
    fix: /RestrictNamespaces=no/,
  },
  {
    machine: 'a limit of no user namespaces',
    failure: { ...refusedUnshare, errno: 28, message: 'No space left on device' },
    host: { settings: { 'user.max_user_namespaces': '0' } },
    cause: 'namespace-limit',
    fix: /user\.max_user_namespaces=15000/,
  },
  {
    machine: 'user namespaces nested too deep',
    failure: { ...refusedUnshare, errno: 28, message: 'No space left on device' },
    host: { settings: { 'user.max_user_namespaces': '100000' } },
    cause: 'namespace-limit-reached',
    fix: /32/,
  },
  {
    machine: 'a chroot',
    failure: refusedUnshare,
    host: { inChroot: true },
    cause: 'chroot',
    fix: /pivot_root/,
  },
  {
    machine: 'WSL 1',
    failure: { ...refusedUnshare, errno: 22 },
    host: { container: 'wsl1', kernel: '4.4.0-19041-Microsoft' },
    cause: 'wsl1',
    fix: /wsl --set-version/,
  },
  {
    machine: 'gVisor',
    failure: noLandlock,
    host: { container: 'gvisor', kernel: '4.4.0' },
    cause: 'gvisor',
    fix: /runc/,
  },
  {
    machine: 'a kernel without user namespaces',
    failure: { ...refusedUnshare, errno: 22, message: 'Invalid argument' },
    host: {},
    cause: 'not-built',
    fix: /CONFIG_/,
  },
  {
    machine: 'no /proc',
    failure: { ...refusedUnshare, errno: 2, message: 'No such file or directory' },
    host: { hasProc: false },
    cause: 'no-proc',
    fix: /mount -t proc/,
  },
  {
    machine: 'Linux 5.4',
    failure: noLandlock,
    host: { kernel: '5.4.0-150-generic' },
    cause: 'landlock-old',
    fix: /5\.13/,
  },
  {
    machine: 'a kernel built without Landlock',
    failure: noLandlock,
    host: {},
    cause: 'landlock-not-built',
    fix: /CONFIG_SECURITY_LANDLOCK/,
  },
  {
    machine: 'a kernel with Landlock left out of lsm=',
    failure: { ...noLandlock, errno: 95 },
    host: {},
    cause: 'landlock-off',
    fix: /lsm=landlock/,
  },
  {
    machine: 'a container engine that does not know Landlock',
    failure: { ...noLandlock, errno: 1 },
    host: { container: 'docker', filtered: true },
    cause: 'landlock-filtered',
    fix: /landlock_create_ruleset/,
  },
  {
    machine: 'rootless Podman, as root of the container',
    failure: { ...refusedUnshare, layer: 'own-user-id' },
    host: { container: 'podman', user: 'root' },
    cause: 'no-id-range',
    fix: /ordinary user/,
  },
  {
    machine: 'a covered /proc in Kubernetes',
    failure: { ...refusedUnshare, layer: 'proc', message: 'mount proc: Operation not permitted' },
    host: { container: 'kubernetes' },
    cause: 'proc-covered',
    fix: /procMount: Unmasked/,
  },
  {
    machine: 'a RISC-V board',
    failure: { ...refusedUnshare, layer: 'seccomp', errno: 95, message: 'no policy' },
    host: { architecture: 'riscv64' },
    cause: 'no-policy',
    fix: /arm64/,
  },
  {
    machine: 'something never seen',
    failure: { ...refusedUnshare, layer: 'lifeline', errno: 5, message: 'Input/output error' },
    host: {},
    cause: 'other',
    fix: /docs\/doctor\.md/,
  },
];

describe('explain', () => {
  it.for(cases)('names the cause on $machine: $cause', ({ failure, host, cause, fix }) => {
    const said = explain(failure, { ...plain, ...host });
    expect(said).toMatchObject({ cause, fix: expect.stringMatching(fix) });
    expect(`${said.reason} ${said.fix}`).not.toMatch(
      /\{(message|interpreter|label|architecture)\}/,
    );
  });

  it('has a row of docs/doctor.md for each cause, and no other', () => {
    const page = readFileSync(new URL('../../../../docs/doctor.md', import.meta.url), 'utf8');
    const [, table = ''] = page.split('## Causes and fixes');
    const rows = [...table.matchAll(/^\| `([a-z0-9-]+)` \|/gm)].map(([, id]) => id);
    expect(rows).toEqual(CAUSES.map(({ id }) => id));
  });
});

describe('the level', () => {
  const without = (...missing: string[]) =>
    reachedLevel((layer) => !missing.includes(layer), 'root');

  it('is confined without namespaces, and none without what both levels need', () => {
    expect(without('user-namespace', 'pid-namespace')).toBe('confined');
    expect(without('user-namespace', 'own-user-id')).toBe('none');
  });

  it('is namespaces without Landlock, /proc and cgroups, and none without seccomp', () => {
    expect(without('landlock', 'landlock-signals', 'proc', 'cgroups')).toBe('namespaces');
    expect(without('seccomp')).toBe('none');
    expect(without('rlimits')).toBe('none');
    expect(without('landlock', 'user-namespace')).toBe('none');
  });

  it('needs a user id of its own for root only', () => {
    expect(without('own-user-id')).toBe('none');
    expect(reachedLevel((layer) => layer !== 'own-user-id', 'ordinary')).toBe('namespaces');
  });
});

describe('examine', () => {
  it('is clear where there is no Linux', async () => {
    const report = await examine({}, { ...plain, platform: 'darwin', kernel: '25.0.0' });
    expect(report).toMatchObject({ level: 'none', ok: false, machine: { platform: 'darwin' } });
    expect(report.runtimes[0]).toMatchObject({
      available: false,
      reason: expect.stringContaining('darwin'),
      fix: expect.stringContaining('Linux container'),
    });
    expect(report.layers.every(({ inForce, reason }) => !inForce && reason)).toBe(true);
  });
});

describe('installPython', () => {
  it('knows the command of the distribution, or of its family', () => {
    expect(installPython({ ...plain, distribution: ['alpine'] })).toContain('apk add python3');
    expect(installPython({ ...plain, distribution: ['pop', 'ubuntu', 'debian'] })).toContain(
      'apt-get',
    );
    expect(installPython({ ...plain, distribution: [] })).toContain('package python3');
  });
});

describe('runProbes', () => {
  it('waits for an interpreter that never answers only so long', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'belljar-test-'));
    const silent = join(folder, 'silent');
    // Its child holds the output open when it is ended.
    writeFileSync(silent, '#!/bin/sh\nsleep 5\necho over\n', { mode: 0o755 });
    expect(await runProbes(silent, 50)).toBe('was ended by SIGKILL');
    rmSync(folder, { recursive: true });
  });
});
