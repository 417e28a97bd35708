/** Processes that the code leaves behind end with its execution, and are named. */
import type { Sandbox } from '@belljar/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { useSandboxes } from '../helpers/test-engine.js';

const create = useSandboxes();
let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await create();
});

describe('leftovers', () => {
  it('are named and ended', async () => {
    const code = `
import subprocess
child = subprocess.Popen(['sh', '-c', 'echo; read line'], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
child.stdout.readline()
child.pid`;
    const { leftovers, result, status } = await sandbox.execute(code);
    expect(status).toBe('ok');
    expect(leftovers).toEqual([
      { pid: Number(result?.['text/plain']), command: 'sh -c echo; read line' },
    ]);
    const after = await sandbox.execute('child.wait()');
    expect(after).toMatchObject({ result: { 'text/plain': '-9' }, leftovers: [] });
  });

  it('are found in sessions of their own, and when they ignore signals', async () => {
    const code = `
import os, signal, time
for _ in range(3):
    read, write = os.pipe()
    if os.fork() == 0:
        os.setsid()
        if os.fork() != 0: os._exit(0)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP): signal.signal(number, signal.SIG_IGN)
        os.write(write, b'x')
        while True: time.sleep(100)
    os.read(read, 1); os.wait()`;
    const { leftovers, status } = await sandbox.execute(code);
    expect(status).toBe('ok');
    expect(leftovers).toHaveLength(3);
    expect(await sandbox.execute('1')).toMatchObject({ leftovers: [] });
  });

  it('are ended when the code raises, and when it is ended itself', async () => {
    const start = 'import subprocess\nsubprocess.Popen(["sleep", "1000"])\n';
    const raised = await sandbox.execute(`${start}1 / 0`);
    expect(raised).toMatchObject({ status: 'error', leftovers: { length: 1 } });
    const late = await sandbox.execute({ code: `${start}while True: pass`, timeoutMs: 200 });
    expect(late).toMatchObject({ status: 'timeout', leftovers: { length: 1 } });
  });

  it('do not use up the processes that the sandbox may have', async () => {
    const small = await create({ limits: { processes: 8 } });
    for (let index = 0; index < 20; index += 1) {
      const left = await small.shell('sleep 1000 >/dev/null 2>&1 & true & true');
      expect(left).toMatchObject({ status: 'ok' });
    }
    const { stdout } = await small.shell('sleep 0.01 & sleep 0.01 & sleep 0.01 & wait; echo all');
    expect(stdout.trim()).toBe('all');
  });
});
