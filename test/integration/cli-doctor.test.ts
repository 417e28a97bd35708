/** `belljar doctor` on this machine. */
import { describe, expect } from 'vitest';
import { useCli } from '../helpers/cli.js';
import { requires } from '../helpers/requires.js';

const cli = useCli();

const withDoctor = await requires('engine.doctor()', async () => {
  const { stderr } = await cli.run(['doctor']);
  return !stderr.includes('NO_DOCTOR') || 'this core has none yet';
});

describe('belljar doctor', () => {
  withDoctor('gives a JSON document in a pipe, with 0 where sandboxes can be created', async () => {
    const { status, stdout } = await cli.run(['doctor']);
    const report = JSON.parse(stdout);
    expect(report).toMatchObject({
      level: expect.any(String),
      machine: { platform: 'linux', node: expect.stringContaining(process.versions.node) },
    });
    expect(status).toBe(report.ok ? 0 : 3);
    const { status: ran } = await cli.run(['run', '-'], { input: '1' });
    expect(ran === 0).toBe(report.ok);
  });

  withDoctor('gives a table on a terminal that names every layer', async () => {
    const { layers } = JSON.parse((await cli.run(['doctor'])).stdout) as {
      layers: { layer: string }[];
    };
    const { stdout } = await cli.run(['doctor'], { terminal: true });
    for (const { layer } of layers) expect(stdout).toContain(layer);
    expect((await cli.run(['doctor', '--table'])).stdout).toContain('NEEDED FOR');
  });

  withDoctor('says of a Python that is not there how to get one', async () => {
    const { stdout } = await cli.run(['doctor', '--python', '/no/python']);
    const { runtimes } = JSON.parse(stdout) as { runtimes: { language: string }[] };
    expect(runtimes.find(({ language }) => language === 'python')).toMatchObject({
      available: false,
      reason: expect.stringContaining('/no/python'),
      fix: expect.any(String),
    });
  });
});
