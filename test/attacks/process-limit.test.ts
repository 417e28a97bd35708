/** Bombs of processes, as root too, and what a host that has no more processes does. */
import { readdirSync, readFileSync } from 'node:fs';
import type { Sandbox } from '@belljar/core';
import { describe, expect, it } from 'vitest';
import { byLevel, isConfined } from '../helpers/level.js';
import { requires } from '../helpers/requires.js';
import { ownProcesses, useSandboxes } from '../helpers/test-engine.js';
import { verifies } from '../helpers/verifies.js';
import { runEngine } from './run-engine.js';

const create = useSandboxes();
const LIMIT = 16;
const isRoot = process.geteuid?.() === 0;

/** Where all sandboxes have one user id, the kernel's count is of no use, and the warden's counts. */
const isCountedByLooking = isConfined && !isRoot;

/** User ids, on the host, of the processes that are in a sandbox. */
function usersOfSandboxes(): number[] {
  return ownProcesses()
    .map((pid) => readFileSync(`/proc/${pid}/status`, 'utf8'))
    .filter((status) => isConfined || /^NSpid:(\s+\d+){3}$/m.test(status))
    .map((status) => Number(/^Uid:\s+(\d+)/m.exec(status)?.[1]))
    .filter((user) => !(isConfined && user === 0));
}

const bomb = (make: string): string => `
import os, time
${make}
${isCountedByLooking ? 'time.sleep(100)' : 'None'}`;

const KINDS: [name: string, make: string][] = [
  [
    'processes',
    `for _ in range(${LIMIT * 4}):
    try:
        if os.fork() == 0: time.sleep(1000)
    except BlockingIOError: break`,
  ],
  [
    'processes in sessions of their own',
    `for _ in range(${LIMIT * 4}):
    try:
        if os.fork() == 0:
            os.setsid()
            try: os.fork()
            except BlockingIOError: pass
            time.sleep(1000)
    except BlockingIOError: break
time.sleep(0.1)`,
  ],
];

async function answers(sandbox: Sandbox): Promise<void> {
  expect(await sandbox.execute('6 * 7')).toMatchObject({
    status: 'ok',
    result: { 'text/plain': '42' },
    leftovers: [],
  });
}

describe('a bomb', () => {
  for (const [name, make] of KINDS) {
    verifies('limits.enforced', `of ${name} stops at the limit, and ends`, async () => {
      const sandbox = await create({ limits: { processes: LIMIT } });
      const execution = await sandbox.execute(bomb(make));
      if (isCountedByLooking) {
        expect(execution).toMatchObject({ status: 'limit', limit: { name: 'processes' } });
      } else {
        expect(execution.status).toBe('ok');
        expect(execution.leftovers).toHaveLength(LIMIT - 1); // beside the session
      }
      await answers(sandbox);
    });
  }

  verifies('limits.enforced', 'of threads stops at the limit too', async () => {
    const sandbox = await create({ limits: { processes: LIMIT } });
    const execution = await sandbox.execute(`
import threading
gate, count = threading.Event(), 1
try:
    while True:
        threading.Thread(target=gate.wait, daemon=True).start()
        count += 1
except RuntimeError: pass
${isCountedByLooking ? 'gate.wait(100)' : 'gate.set()'}
count`);
    if (isCountedByLooking) expect(execution.limit).toMatchObject({ name: 'processes' });
    else expect(execution.result?.['text/plain']).toBe(String(LIMIT));
    await answers(sandbox);
  });

  verifies(
    'limits.enforced',
    'that forks and dies without end is over with its execution',
    async () => {
      const sandbox = await create({ limits: { processes: LIMIT } });
      const execution = await sandbox.execute(`
import os, signal
def spin():
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while True:
        try:
            if os.fork() == 0: os.setsid()
            else: os._exit(0)
        except OSError: pass
for _ in range(4):
    try:
        if os.fork() == 0: spin()
    except BlockingIOError: pass`);
      expect(execution.status).toBe('ok');
      expect(execution.leftovers.length).toBeGreaterThan(0);
      await answers(sandbox);
    },
  );

  it('of orphans that end leaves no place taken', async () => {
    const sandbox = await create({ limits: { processes: LIMIT } });
    await sandbox.execute(`
import os
for _ in range(${LIMIT - 4}):
    if os.fork() == 0:
        os.fork()
        os._exit(0)
    os.wait()`);
    const next = await sandbox.execute(bomb(KINDS[0]?.[1] ?? ''));
    if (isCountedByLooking) return;
    // The session has a place, its savepoint has one, and one that was just ended may have one yet.
    expect(next.leftovers.length).toBeGreaterThanOrEqual(LIMIT - byLevel(3, 1));
  });
});

describe('the user id of a sandbox', () => {
  verifies('limits.enforced', 'is not root’s, for whom no such limit holds', async () => {
    await Promise.all([create(), create()]);
    const users = usersOfSandboxes();
    expect(users.length).toBeGreaterThan(2);
    if (isRoot) {
      expect(Math.min(...users)).toBeGreaterThanOrEqual(1_900_000_000);
      expect(new Set(users).size).toBeGreaterThan(1);
    } else {
      expect(new Set(users)).toEqual(new Set([process.geteuid?.()]));
    }
  });
});

const asUser = await requires(
  'an ordinary user, whose processes the kernel counts, and prlimit(1)',
  () => !isRoot || 'run the tests as another user than root',
  { optional: 'root has no such limit' },
);

/** Makes sandboxes until there is no room, and then uses the first. */
const FILLS_THE_HOST = `
import { createEngine } from '@belljar/core';
await using engine = await createEngine({ python: { preload: [], poolSize: 0 } });
const first = await engine.createSandbox();
const said = [(await first.execute('1')).status];
try {
  for (;;) await (await engine.createSandbox()).execute('1');
} catch (error) { said.push(error.code); }
said.push((await first.execute('6 * 7')).result['text/plain']);
console.log(JSON.stringify(said));`;

describe('a host without room for more processes', () => {
  asUser('refuses a sandbox, and the others live on', async () => {
    // Threads count: Node's own are about a dozen.
    const used = readdirSync('/proc').reduce((sum, name) => {
      try {
        const status = readFileSync(`/proc/${name}/status`, 'utf8');
        const isOurs = Number(/^Uid:\s+(\d+)/m.exec(status)?.[1]) === process.geteuid?.();
        return sum + (isOurs ? Number(/^Threads:\s+(\d+)/m.exec(status)?.[1]) : 0);
      } catch {
        return sum;
      }
    }, 0);
    const said = await runEngine(FILLS_THE_HOST, ['prlimit', `--nproc=${used + 60}`]);
    expect(said).toEqual(['ok', 'ENGINE_BUSY', '42']);
  });
});

describe('a host without room for more open files', () => {
  // With 64 it is a zygote that finds no room, with 128 the application.
  it.for([64, 128])('refuses a sandbox, and the others live on: %i', async (room) => {
    const said = await runEngine(FILLS_THE_HOST, [
      'sh',
      '-c',
      `ulimit -n ${room}; exec "$@"`,
      'sh',
    ]);
    expect(said).toEqual(['ok', 'ENGINE_BUSY', '42']);
  });

  it('refuses to start Python, until there is room', async () => {
    const said = await runEngine(
      `
import { closeSync, openSync } from 'node:fs';
import { createEngine } from '@belljar/core';
await (await createEngine()).close(); // all modules are loaded
await using engine = await createEngine({ python: { preload: [], poolSize: 0 } });
const open = [];
try {
  for (;;) open.push(openSync('/dev/null'));
} catch {}
const answer = () => engine.createSandbox().then(() => 'a sandbox', (error) => error.code);
const said = [];
for (let room = 1; room < 6; room += 1) {
  closeSync(open.pop());
  said.push(await answer());
}
for (const one of open) closeSync(one);
said.push(await answer());
console.log(JSON.stringify(said));`,
      ['sh', '-c', 'ulimit -n 128; exec "$@"', 'sh'],
    );
    expect(said).toEqual([...Array(5).fill('ENGINE_BUSY'), 'a sandbox']);
  });
});
