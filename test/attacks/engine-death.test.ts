/** However an engine or a part of it ends, nothing of it is left: no process, no file, no mount. */
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { isConfined } from '../helpers/level.js';
import { children, descendants, lives, read } from '../helpers/process-tree.js';
import { type EngineProcess, line, lineThat, startEngine } from './run-engine.js';

const PROGRAM = `
import { createEngine } from '@belljar/core';
const engine = await createEngine({ python: { preload: [], poolSize: 1 }, onWarning() {} });
const sandbox = await engine.createSandbox();
const { result } = await sandbox.execute('import os; os.getcwd()');
console.log('WORKSPACE ' + result['text/plain'].slice(1, -1));
await sandbox.files.write('kept', 'x');
await sandbox.spawn('sleep 1000 & setsid sleep 1000');
const pause = 'import time\\nwhile True: time.sleep(100)';
const stubborn = \`
import os, signal
signal.signal(signal.SIGTERM, signal.SIG_IGN); signal.signal(signal.SIGINT, signal.SIG_IGN)
for _ in range(2):
    if os.fork() == 0: os.setsid()
print('started', flush=True)
\`;
setInterval(() => {}, 1000);
process.on('SIGUSR2', () => process.abort());
process.on('SIGTERM', () => engine.close());
const options = { code: stubborn + pause, timeoutMs: 600_000, onStdout: () => console.log('READY') };
const { status, rolledBack } = await sandbox.execute(options);
console.log(status, rolledBack);
for (let status; status !== 'ok'; ) {
  status = await sandbox.execute('1').then((next) => next.status, (error) => error.code);
}
console.log('GOES ON');
`;

/** Kills its own process in the moment in which Python starts. */
const KILLED_AT_THE_START = `
import processes from 'node:child_process';
import { syncBuiltinESMExports } from 'node:module';
const { spawn } = processes;
processes.spawn = (...given) => {
  spawn(...given);
  process.kill(process.pid, 'SIGKILL');
};
syncBuiltinESMExports();
const { createEngine } = await import('@belljar/core');
await createEngine();
`;

/** Finishes its work when its terminal interrupts it. */
const DRAINS = `
import { createEngine } from '@belljar/core';
const engine = await createEngine({ python: { preload: [], poolSize: 0 } });
const sandbox = await engine.createSandbox();
await sandbox.execute('x = 41');
process.on('SIGINT', async () => {
  await new Promise(setImmediate);
  const { result, survival } = await sandbox.execute('x + 1');
  console.log(survival === undefined && result['text/plain']);
  await engine.close();
  process.exit();
});
setInterval(() => {}, 1000);
console.log('READY');
`;
/** At `confined` the engine has a second process that ends everything when the first does not. */
const GUARDIANS = isConfined ? (['warden', 'second'] as const) : (['warden'] as const);

let folder: string;
const started: EngineProcess[] = [];
const before = process.env.TMPDIR;

beforeAll(() => {
  folder = mkdtempSync('/tmp/bjd-');
  chmodSync(folder, 0o711);
  process.env.TMPDIR = folder;
});

afterAll(() => {
  for (const engine of started) engine.kill('SIGKILL');
  rmSync(folder, { recursive: true });
  if (before === undefined) delete process.env.TMPDIR;
  else process.env.TMPDIR = before;
});

interface Parts {
  engine: EngineProcess;
  node: number;
  warden: number;
  /** The process below it that watches too, or the same where there is one only. */
  second: number;
  bare: number;
  loaded: number;
  all: number[];
  workspace: string;
}

/** An engine with a hostile execution, a command with a daemon, and sandboxes in its pool. */
async function start(): Promise<Parts> {
  const engine = startEngine(PROGRAM);
  started.push(engine);
  await line(engine, 'READY');
  const workspace = lineThat(engine, /^WORKSPACE /).slice('WORKSPACE '.length);
  const node = engine.pid ?? 0;
  const [warden = 0] = children(node);
  const [second = 0] = isConfined ? children(warden) : [warden];
  const [bare = 0] = children(second);
  // The first zygote forks the other before anything else.
  const [loaded = 0] = children(bare);
  const all = descendants(node);
  // The control: all of it is there. Two zygotes, two keepers, session, its children, two sleeps.
  expect(loaded).toBeGreaterThan(0);
  expect(all.filter(lives).length).toBeGreaterThan(7);
  return { engine, node, warden, second, bare, loaded, all, workspace };
}

/** `goesOn`: the engine lives, and has another set of processes by now. */
async function expectNothing(parts: Parts, goesOn = false): Promise<void> {
  await vi.waitFor(() => expect(parts.all.filter(lives)).toEqual([]), {
    timeout: 8_000,
    interval: 5,
  });
  if (!goesOn) await vi.waitFor(() => expect(readdirSync(folder)).toEqual([]), { timeout: 5_000 });
  if (isConfined) {
    const run = dirname(dirname(parts.workspace));
    expect(run).toMatch(/\/belljar-run-\w+$/);
    await vi.waitFor(() => expect(existsSync(run)).toBe(false), { timeout: 5_000, interval: 5 });
  }
}

const ways: [string, (parts: Parts) => void][] = [
  ['the engine is killed', ({ node }) => process.kill(node, 'SIGKILL')],
  ['the engine crashes', ({ node }) => process.kill(node, 'SIGUSR2')],
  ['the engine is interrupted', ({ node }) => process.kill(node, 'SIGINT')],
  ['the engine closes', ({ node }) => process.kill(node, 'SIGTERM')],
  [
    'the engine is stopped, and then killed',
    ({ node }) => {
      process.kill(node, 'SIGSTOP');
      process.kill(node, 'SIGKILL');
    },
  ],
  [
    'the engine is killed while the warden is stopped',
    ({ node, warden }) => {
      process.kill(warden, 'SIGSTOP');
      process.kill(node, 'SIGKILL');
    },
  ],
  [
    'the engine is killed while the second of its guardians is stopped',
    ({ node, second }) => {
      process.kill(second, 'SIGSTOP');
      process.kill(node, 'SIGKILL');
    },
  ],
  [
    'the engine is killed while the zygotes are stopped',
    ({ node, bare, loaded }) => {
      process.kill(bare, 'SIGSTOP');
      process.kill(loaded, 'SIGSTOP');
      process.kill(node, 'SIGKILL');
    },
  ],
];

it('what a terminal sends to all its processes is for the application to answer', async () => {
  const engine = startEngine(DRAINS, ['setsid']);
  started.push(engine);
  await line(engine, 'READY');
  const all = descendants(engine.pid ?? 0);
  const groups = all.map((pid) => read(`/proc/${pid}/stat`).split(' ').at(4));
  expect(groups).not.toContain(String(engine.pid));
  process.kill(-(engine.pid ?? 0), 'SIGINT');
  await line(engine, '42');
  await vi.waitFor(() => expect(all.filter(lives)).toEqual([]));
});

it('a kill as Python starts leaves no file', async () => {
  const engine = startEngine(KILLED_AT_THE_START);
  await once(engine, 'close');
  expect(engine.signalCode).toBe('SIGKILL');
  expect(readdirSync(folder)).toEqual([]);
});

describe('nothing is left when', () => {
  it.each(ways)('%s', async (_, end) => {
    const parts = await start();
    end(parts);
    await expectNothing(parts);
    parts.engine.kill('SIGKILL');
  });

  it.each([...GUARDIANS, 'bare', 'loaded'] as const)('the %s process is killed', async (part) => {
    const parts = await start();
    process.kill(parts[part], 'SIGKILL');
    // The execution says what is lost, and the engine goes on with new ones.
    await line(parts.engine, 'crashed true');
    await line(parts.engine, 'GOES ON');
    await expectNothing(parts, true);
    const all = descendants(parts.node);
    expect(all.filter(lives).length).toBeGreaterThan(3);
    parts.engine.kill('SIGKILL');
    await expectNothing({ ...parts, all });
  });
});
