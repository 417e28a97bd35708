/** Processes that the code leaves behind end with its execution, and are named. */
import type { Sandbox } from '@belljar/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { byLevel } from '../helpers/level.js';
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

  it('are named without a path of the host, which no command line here has', async () => {
    const code = `
import glob, os, sys, time
if os.fork() == 0: time.sleep(1000)
print(sys.orig_argv if hasattr(sys, 'orig_argv') else ['python3'])
[open(path).read().strip('\\0') for path in sorted(glob.glob('/proc/[0-9]*/cmdline'))]`;
    const own = await create();
    const { leftovers, result, stdout } = await own.execute(code);
    expect(leftovers).toMatchObject([{ command: 'python3' }]);
    expect(result?.['text/plain']).toBe(byLevel("['python3', 'python3', 'python3']", '[]'));
    expect(stdout).toBe("['python3']\n");
  });

  it('are ended when the code raises, and when it is ended itself', async () => {
    const start = 'import subprocess\nsubprocess.Popen(["sleep", "1000"])\n';
    const raised = await sandbox.execute(`${start}1 / 0`);
    expect(raised).toMatchObject({ status: 'error', leftovers: { length: 1 } });
    const late = await sandbox.execute({ code: `${start}while True: pass`, timeoutMs: 200 });
    expect(late).toMatchObject({ status: 'timeout', leftovers: { length: 1 } });
  });

  it('are waited for when they take long to end, and cost the session nothing', async () => {
    const own = await create();
    const left = await own.execute(`
import os, time
read, write = os.pipe()
for _ in range(2):
    if os.fork() == 0:
        block = b'x' * 600_000_000
        os.write(write, b'x')
        time.sleep(1000)
    os.read(read, 1)
x = 41`);
    expect(left).toMatchObject({ status: 'ok', leftovers: { length: 2 } });
    const next = await own.execute('x + 1');
    expect(next).toMatchObject({ result: { 'text/plain': '42' }, survival: undefined });
  });

  it('are ended with their session, but not the command that runs meanwhile', async () => {
    const own = await create();
    const ends = own.execute(`
import os, threading, time
def end():
    time.sleep(0.05)
    os._exit(3)
threading.Thread(target=end).start()
session = os.getpid()
open(os.environ['TMPDIR'] + '/session', 'w').write(str(session))`);
    const goesOn = own.shell(
      'for _ in $(seq 200); do [ -e /proc/$(cat $TMPDIR/session) ] || break; sleep 0.01; done; echo here',
    );
    expect(await ends).toMatchObject({ status: 'ok' });
    expect(await goesOn).toMatchObject({ status: 'ok', stdout: 'here\n' });
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
