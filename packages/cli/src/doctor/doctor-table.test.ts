import { stripVTControlCharacters } from 'node:util';
import type { DoctorReport } from '@belljar/core';
import { describe, expect, it } from 'vitest';
import { doctorTable } from './doctor-table.js';

/** A default Docker container, recorded and shortened. */
const inDocker: DoctorReport = {
  level: 'none',
  minimumIsolation: 'confined',
  ok: false,
  machine: {
    platform: 'linux',
    architecture: 'x64',
    kernel: '6.18.44',
    node: '24.21.0',
    user: 'root',
    container: 'docker',
  },
  layers: [
    {
      layer: 'user-namespace',
      inForce: false,
      neededFor: 'namespaces',
      reason: 'the filter of the container refuses unshare',
      fix: 'Run the container with `--security-opt seccomp=unconfined`.',
    },
    { layer: 'mount-namespace', inForce: false, neededFor: 'namespaces', reason: 'as above' },
    { layer: 'seccomp', inForce: true, neededFor: 'confined' },
    { layer: 'landlock', inForce: false, neededFor: 'confined', reason: 'not in this kernel' },
    { layer: 'cgroups', inForce: false, neededFor: 'optional' },
  ],
  weakened: [{ promise: 'jail.no-host-processes', reason: 'signals are kept in by Landlock' }],
  runtimes: [
    {
      language: 'python',
      available: true,
      interpreter: '/usr/bin/python3',
      version: '3.13.1',
      packages: ['numpy 2.4.6', 'pandas 3.1.1', 'six 1.17.0'],
    },
    { language: 'javascript', available: false, reason: 'not built yet \u001b[2J' },
  ],
};
const plain = (report: DoctorReport, width = 100): string =>
  stripVTControlCharacters(doctorTable(report, width));

describe('doctorTable', () => {
  it('says what is reached, layer by layer, with reason and fix', () => {
    expect(plain(inDocker)).toBe(`\
Isolation  none: no sandbox can be created: confined is asked for, no level is reached.
Machine    linux x64, kernel 6.18.44, Node 24.21.0, as root, in a container (docker)

LAYER            STATE     NEEDED FOR  WHY, AND WHAT HELPS
user-namespace   missing   namespaces  the filter of the container refuses unshare
                                       Fix: Run the container with \`--security-opt
                                       seccomp=unconfined\`.
mount-namespace  missing   namespaces  as above
seccomp          in force  confined
landlock         missing   confined    not in this kernel
cgroups          missing   optional

RUNTIME     STATE
python      ready    3.13.1 at /usr/bin/python3, with numpy 2.4.6, pandas 3.1.1, one more
javascript  missing  not built yet \\x1b[2J

WEAKENED PROMISE        WHY
jail.no-host-processes  signals are kept in by Landlock
`);
  });

  it('says when sandboxes can be created, and which level is reached only', () => {
    const ok: DoctorReport = { ...inDocker, level: 'confined', ok: true };
    expect(plain(ok)).toContain('confined: sandboxes can be created (confined is asked for).');
    const low: DoctorReport = { ...inDocker, level: 'confined', minimumIsolation: 'namespaces' };
    expect(plain(low)).toContain('namespaces is asked for, only confined is reached.');
  });

  it('keeps to the width of the terminal where it can', () => {
    for (const line of plain(inDocker, 80).split('\n')) expect(line.length).toBeLessThanOrEqual(90);
  });
});
