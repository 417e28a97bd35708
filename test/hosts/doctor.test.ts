/** On each simulated host, `doctor()` names what is missing, why, and the way to get it. */
import { readFileSync } from 'node:fs';
import type { DoctorReport } from '@belljar/core';
import { describe, expect } from 'vitest';
import { requires } from '../helpers/requires.js';
import { environmentOf, expectedLevel, HOSTS } from './hosts.js';
import { canSimulate, runOnHost } from './run-on-host.js';

interface Said {
  doctor: DoctorReport;
  /** The level of an execution, or the error of the first call that needs a sandbox. */
  level?: string;
  missing?: string[];
  code?: string;
  message?: string;
  suggestion?: string;
}

/** A hundred times what it takes on two idle cores. */
const PATIENCE_MS = 120_000;

const PROGRAM = `
import { createEngine } from '@belljar/core';
await using engine = await createEngine({ python: { preload: [], poolSize: 0 } });
const said = { doctor: await engine.doctor() };
try {
  const { isolation } = await engine.run({ code: '1' });
  Object.assign(said, { level: isolation.level, missing: isolation.missing.map(({ layer }) => layer) });
} catch (error) {
  Object.assign(said, { code: error.code, message: error.message, suggestion: error.suggestion });
}
console.log(JSON.stringify(said));`;

async function ask(
  facilities: readonly string[],
  environment: Record<string, string> = {},
): Promise<Said> {
  const node = [process.execPath, '--input-type=module', '--eval', PROGRAM];
  const { stdout, stderr } = await runOnHost(facilities, node, environment);
  const last = stdout.trim().split('\n').at(-1);
  if (!last) throw new Error(stderr);
  return JSON.parse(last) as Said;
}

for (const host of HOSTS) {
  const onHost = await requires(`the host: ${host.name}`, canSimulate(host.facilities), {
    ...(host.optional && { optional: host.optional }),
  });

  describe(host.name, () => {
    onHost(
      'doctor names what is missing, and says what the engine then does',
      async () => {
        const said = await ask(host.facilities, environmentOf(host));
        const level = expectedLevel(host);
        expect(said.doctor).toMatchObject({ level, ok: level !== 'none' });
        const layers = Object.fromEntries(said.doctor.layers.map((one) => [one.layer, one]));
        for (const [layer, { reason, fix }] of Object.entries(host.missing)) {
          expect(layers[layer]).toMatchObject({
            inForce: false,
            reason: expect.stringMatching(reason),
          });
          if (fix) expect(layers[layer]?.fix).toMatch(fix);
        }
        // Nothing else is said to be missing that the level needs.
        if (level === host.reaches && level === 'namespaces') {
          const needed = said.doctor.layers.filter(({ neededFor }) => neededFor !== 'optional');
          const absent = needed.filter(({ inForce }) => !inForce).map(({ layer }) => layer);
          expect(absent.filter((layer) => !host.missing[layer])).toEqual([]);
        }
        if (level === 'none') {
          expect(said).toMatchObject({
            code: 'ISOLATION_UNAVAILABLE',
            message: expect.stringMatching(host.refusal ?? /./),
            suggestion: expect.stringContaining('doctor()'),
          });
        } else {
          expect(said.level).toBe(level);
          // At `confined` there are no namespaces, though this host may allow some of them.
          const absent = (said.missing ?? []).map((layer) => layers[layer]);
          for (const layer of absent) {
            if (level === 'namespaces' || layer?.neededFor === 'confined') {
              expect(layer?.inForce).toBe(false);
            }
          }
        }
      },
      PATIENCE_MS,
    );
  });
}

const mounts = readFileSync('/proc/self/mounts', 'utf8');
const asRoot = process.geteuid?.() === 0;
const withVersion1 = await requires(
  'cgroup v1, as root',
  () => (asRoot && /^\S+ \S+ cgroup \S*\bmemory\b/m.test(mounts)) || 'boot with it, run as root',
  { optional: 'most machines have version 2' },
);
const withVersion2 = await requires(
  'a delegated cgroup v2',
  () => {
    const [, folder] = /^\S+ (\S+) cgroup2 /m.exec(mounts) ?? [];
    const own = /^0::(.*)$/m.exec(readFileSync('/proc/self/cgroup', 'utf8'))?.[1] ?? '';
    const controllers = folder
      ? readFileSync(`${folder}${own}/cgroup.subtree_control`, 'utf8')
      : '';
    return controllers.includes('memory') || 'run in a systemd unit with Delegate=yes';
  },
  { optional: 'the machines that test have version 1, whose controllers cannot be moved' },
);

describe('control groups', () => {
  for (const onGroups of [withVersion1, withVersion2]) {
    onGroups(
      'are found where they can be made, and said to be not used',
      async () => {
        const { doctor } = await ask([]);
        expect(doctor.layers.find(({ layer }) => layer === 'cgroups')).toMatchObject({
          inForce: false,
          reason: expect.stringContaining('can be made here'),
        });
      },
      PATIENCE_MS,
    );
  }
});
