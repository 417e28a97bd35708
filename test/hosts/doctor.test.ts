/** On each simulated host, `doctor()` names what is missing, why, and the way to get it. */
import type { DoctorReport } from '@belljar/core';
import { describe, expect } from 'vitest';
import { requires } from '../helpers/requires.js';
import { expectedLevel, HOSTS } from './hosts.js';
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

async function ask(facilities: readonly string[]): Promise<Said> {
  const node = [process.execPath, '--input-type=module', '--eval', PROGRAM];
  const { stdout, stderr } = await runOnHost(facilities, node);
  const last = stdout.trim().split('\n').at(-1);
  if (!last) throw new Error(stderr);
  return JSON.parse(last) as Said;
}

for (const host of HOSTS) {
  const onHost = await requires(`the host: ${host.name}`, canSimulate(host.facilities));

  describe(host.name, () => {
    onHost(
      'doctor names what is missing, and says what the engine then does',
      async () => {
        const said = await ask(host.facilities);
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
          for (const layer of said.missing ?? []) expect(layers[layer]?.inForce).toBe(false);
        }
      },
      PATIENCE_MS,
    );
  });
}
