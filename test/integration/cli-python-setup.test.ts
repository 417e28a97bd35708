/** `belljar python setup`: progress, failures and Ctrl-C. What it makes is tested with `setupPython`. */
import { readdirSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { useCli } from '../helpers/cli.js';

const cli = useCli();
/** An index that takes connections and never answers. */
let silent: Server;

beforeAll(async () => {
  silent = createServer(() => {});
  await new Promise<void>((listening) => silent.listen(0, '127.0.0.1', listening));
});
afterAll(() => void silent.close());

const environment = (port: number): NodeJS.ProcessEnv => ({
  XDG_CACHE_HOME: join(cli.folder, 'cache'),
  PIP_INDEX_URL: `http://127.0.0.1:${port}/simple`,
  PIP_DEFAULT_TIMEOUT: '600',
  PIP_RETRIES: '0',
  PIP_NO_INDEX: '',
  PIP_FIND_LINKS: '',
});
const setup = ['python', 'setup'];

describe('belljar python setup', () => {
  it('says in a pipe what it does, a line a step, and why it failed', async () => {
    const { status, stdout, stderr } = await cli.run(setup, { env: environment(9) });
    expect({ status, stdout }).toEqual({ status: 125, stdout: '' });
    const lines = stderr.trimEnd().split('\n');
    expect(lines[0]).toMatch(/^belljar: Making a Python 3\.\d+\.\d+ environment in /);
    expect(lines.at(-1)).toMatch(/^belljar: RUNTIME_UNAVAILABLE: /);
    expect(stderr).not.toContain('\u001b');
  });

  it('shows on a terminal one line that changes', async () => {
    const options = { env: environment(9), terminal: true };
    const { status, stdout } = await cli.run(setup, options);
    expect(status).toBe(125);
    expect(stdout).toContain('\r\u001b[K');
    expect(stdout).not.toMatch(/\nbelljar: Making/);
    expect(stdout).toContain('belljar: RUNTIME_UNAVAILABLE: ');
  });

  it('refuses an interpreter that is none', async () => {
    for (const interpreter of ['/no/python', '/bin/true']) {
      const { status, stderr } = await cli.run([...setup, '--interpreter', interpreter]);
      expect(status).toBe(125);
      expect(stderr).toContain(interpreter);
    }
  });

  it('leaves nothing half made after Ctrl-C', async () => {
    const { port } = silent.address() as AddressInfo;
    const asked = new Promise((connected) => silent.once('connection', connected));
    const running = cli.start([...setup, '--json'], { env: environment(port) });
    await asked;
    running.signalGroup('SIGINT');
    const { status, stdout } = await running.result;
    expect(status).toBe(130);
    expect(JSON.parse(stdout)).toMatchObject({ failure: { code: 'CANCELLED' } });
    expect(readdirSync(join(cli.folder, 'cache/belljar/python'))).toEqual([]);
  });
});
