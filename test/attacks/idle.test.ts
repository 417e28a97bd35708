/** What goes on when nothing is asked of a sandbox: threads, false answers, daemons of commands. */
import type { Sandbox } from '@belljar/core';
import { expect, it, vi } from 'vitest';
import { byLevel } from '../helpers/level.js';
import { useSandboxes } from '../helpers/test-engine.js';
import { verifies } from '../helpers/verifies.js';

const create = useSandboxes();
const MIB = 1024 * 1024;

/** Counts as fast as it can, in a thread that the code leaves behind. */
const COUNT = `
import threading, time
count = 0
def go_on():
    global count
    while True:
        count += 1
        time.sleep(0.001)
threading.Thread(target=go_on, daemon=True).start()`;

/** A forged answer, after which the code goes on as if nothing were the matter. */
const FORGE = `
import os, struct, time
beat = os.environ['TMPDIR'] + '/beat'
answer = b'{"status":"ok","result":{"text/plain":"forged"}}'
os.write(3, struct.pack('<cI', b'R', len(answer)) + answer)
while True:
    with open(beat, 'a') as stream: stream.write('x')
    time.sleep(0.001)`;

/** Two looks, so far apart that what runs would have moved. */
async function moved(look: () => Promise<unknown>): Promise<boolean> {
  const before = await look();
  await new Promise((resolve) => setTimeout(resolve, 100));
  return (await look()) !== before;
}

verifies('limits.enforced', 'a thread that was left stands still between executions', async () => {
  const sandbox = await create();
  const running = await sandbox.execute(`${COUNT}\ntime.sleep(0.1)\ncount`);
  expect(Number(running.result?.['text/plain'])).toBeGreaterThan(5);
  const before = Number((await sandbox.execute('count')).result?.['text/plain']);
  await new Promise((resolve) => setTimeout(resolve, 300));
  const after = Number((await sandbox.execute('count')).result?.['text/plain']);
  // It runs while the two executions do, which takes no 50 ms.
  expect(after - before).toBeLessThan(100);
  expect((await sandbox.execute('time.sleep(0.1); count')).status).toBe('ok');
});

/** A thread whose children wake their session as soon as it is stopped. */
const WAKE = `
import os, signal, threading, time
folder = os.environ['TMPDIR']
session, beats, woken = os.getpid(), open(folder + '/beat', 'ab', 0), open(folder + '/woken', 'ab', 0)
def wake():
    time.sleep(DELAY)
    for _ in range(30):
        if os.fork() == 0:
            while True:
                os.kill(session, signal.SIGCONT)
                woken.write(b'x')
def go_on():
    while True:
        beats.write(b'x')
        time.sleep(0.001)
threading.Thread(target=wake, daemon=True).start()
threading.Thread(target=go_on, daemon=True).start()`;

// From the end of an execution to the moment in which what it left is stopped.
for (const delaySeconds of [0, 0.0005, 0.001, 0.002]) {
  const name = `a child that wakes its session ${delaySeconds * 1000} ms later ends with it`;
  verifies('limits.enforced', name, async () => {
    const size = async (sandbox: Sandbox, file: string) =>
      Number((await sandbox.shell(`stat -c %s ${file}`)).stdout);
    const sandbox = await create();
    await sandbox.execute(WAKE.replace('DELAY', String(delaySeconds)));
    const beats = () => size(sandbox, '$TMPDIR/beat');
    await vi.waitFor(async () => expect(await moved(beats)).toBe(false), { timeout: 10_000 });
    // The control: nothing forbids the signal.
    const control = await create();
    await control.execute(`${WAKE.replace('DELAY', '0')}\ntime.sleep(0.1)`);
    expect(await size(control, '$TMPDIR/woken')).toBeGreaterThan(0);
  });
}

verifies('limits.enforced', 'a session that only said it was done is stopped', async () => {
  const sandbox = await create();
  await sandbox.execute({ executionId: 'before', code: '1' });
  const forged = await sandbox.execute(FORGE);
  expect(forged.result?.['text/plain']).toBe('forged');
  const size = async () => (await sandbox.shell('stat -c %s $TMPDIR/beat')).stdout;
  await vi.waitFor(async () => expect(await moved(size)).toBe(false), { timeout: 5_000 });
  const next = await sandbox.execute({ code: '6 * 7', timeoutMs: 200 });
  expect(next.status).not.toBe('ok');
  // It is as after the code that does not end; before that it works.
  await sandbox.rollback('before');
  expect((await sandbox.execute('6 * 7')).result?.['text/plain']).toBe('42');
});

verifies(
  'limits.enforced',
  'what a command leaves in a session of its own ends with it',
  async () => {
    const sandbox = await create();
    const daemon = 'setsid sh -c "while true; do echo x >> $TMPDIR/beat; sleep 0.001; done"';
    const spawned = await sandbox.spawn(`${daemon} & while [ ! -s $TMPDIR/beat ]; do :; done`);
    await spawned.wait();
    const seen = async () => (await sandbox.files.list()).length;
    expect(await seen()).toBe(0);
    await vi.waitFor(async () => {
      const { leftovers, stdout } = await sandbox.shell(
        'for one in /proc/[0-9]*/comm; do cat $one; done',
      );
      expect(leftovers).toEqual([]);
      expect(stdout).not.toContain('sleep');
    });
  },
);

it('variables() is watched too: the code’s own methods run in it', async () => {
  const sandbox = await create({ limits: { memoryBytes: 128 * MIB } });
  await sandbox.execute(`
class Greedy:
    def __repr__(self):
        import os, time
        for _ in range(4):
            if os.fork() == 0:
                block = b'x' * ${60 * MIB}
                time.sleep(100)
        time.sleep(100)
greedy = Greedy()`);
  const started = performance.now();
  await expect(sandbox.variables()).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  expect(performance.now() - started).toBeLessThan(9_000);
  expect((await sandbox.execute('6 * 7')).result?.['text/plain']).toBe('42');
});

verifies('limits.enforced', 'a command is watched also after an execution beside it', async () => {
  const sandbox = await create({ limits: { memoryBytes: 128 * MIB } });
  const spawned = await sandbox.spawn(`
while [ ! -e $TMPDIR/go ]; do sleep 0.01; done
for _ in 1 2 3 4; do python3 -c "block = b'x' * ${60 * MIB}; import time; time.sleep(100)" & done
wait`);
  // Long enough to be watched by itself, which must not end the watch over the command.
  expect((await sandbox.execute('import time; time.sleep(0.1)')).status).toBe('ok');
  await sandbox.execute('import os; open(os.environ["TMPDIR"] + "/go", "w").close()');
  expect(await spawned.wait()).toEqual({ exitCode: null, signal: 9 });
});

verifies(
  'limits.enforced',
  'a session that lies about its savepoint has nothing running',
  async () => {
    const sandbox = await create();
    await sandbox.execute(`
import os, sys, time
lie = next(m for m in sys.modules.values() if getattr(m, '__name__', '').endswith('session.savepoint'))
def keep(self, token):
    child = os.fork()
    if child == 0:
        beats = open(os.environ['TMPDIR'] + '/beat', 'ab', 0)
        while True:
            beats.write(b'x')
            time.sleep(0.001)
    time.sleep(0.05)
    self._say(child, [], None)
lie.Savepoint._make = keep`);
    const size = async () => (await sandbox.shell('stat -c %s $TMPDIR/beat || true')).stdout;
    await vi.waitFor(async () => expect(await moved(size)).toBe(false), { timeout: 5_000 });
    // It did run; where there are no savepoints, nobody asked.
    expect(Number(await size())).toBeGreaterThan(byLevel(0, -1));
  },
);
