/**
 * An engine that is killed at any moment: what it acknowledged is there, once, and nothing half.
 *
 * A process of its own does a scripted piece of work and says each step that was acknowledged. It is
 * killed at a random moment; another engine, which has the directory open all the time, then looks.
 */
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEngine, type Engine, type Sandbox } from '@belljar/core';
import { afterAll, beforeAll, expect, vi } from 'vitest';
import { type EngineProcess, startEngine } from '../attacks/run-engine.js';
import { collect } from '../helpers/collect.js';
import { read } from '../helpers/process-tree.js';
import { blobFiles } from '../helpers/sqlite-stores.js';
import { expectNothingLeft, plainPython } from '../helpers/test-engine.js';
import { verifies } from '../helpers/verifies.js';

const KILLS = 200;
/** Sandboxes that are worked on, and killed, at the same time. */
const AT_ONCE = 2;
/**
 * A moment is so many steps from the start, and a part of the next one: whatever the machine's speed.
 * The work has each kind of step among its first ten, and goes round.
 */
const LATEST_STEP = 12;
const PART_OF_STEP_MS = 40;

const work = (directory: string, key: string): string => `
import { writeSync } from 'node:fs';
import { createEngine } from '@belljar/core';
const say = (...words) => writeSync(1, JSON.stringify(words) + '\\n');
const engine = await createEngine({
  directory: ${JSON.stringify(directory)}, python: { preload: [], poolSize: 1 }, onWarning() {},
});
const sandbox = await engine.openSandbox({ key: ${JSON.stringify(key)} });
await sandbox.execute({ executionId: 'begin', code: 'log = []' });
say('begin', sandbox.id);
for (let i = 0; ; i += 1) {
  const code = \`log.append(\${i}); print(\${i}, file=open("log.txt", "a"))\`;
  await sandbox.execute({ executionId: \`e\${i}\`, code });
  say('executed', i);
  if (i % 4 === 0) {
    await sandbox.files.write(\`f\${i}.txt\`, \`content \${i}\`);
    say('written', i);
  }
  if (i % 4 === 1) {
    await sandbox.hibernate();
    say('hibernated', i);
  }
  if (i % 4 > 1) {
    const fork = await sandbox.fork();
    await fork.execute({ executionId: 'own', code: 'log.append("fork")' });
    say('forked', i, fork.id);
    if (i % 4 === 3) {
      await engine.deleteSandbox(fork.id);
      say('deleted', i, fork.id);
    }
  }
}`;

type Step = [kind: string, ...rest: (string | number)[]];

let directory: string;
let engine: Engine;
const started: EngineProcess[] = [];
const before = process.env.TMPDIR;

beforeAll(async () => {
  directory = join(mkdtempSync(join(tmpdir(), 'bjk-')), 'state');
  process.env.TMPDIR = join(directory, '..');
  engine = await open();
});

afterAll(async () => {
  for (const one of started) one.kill('SIGKILL');
  await engine.close();
  await expectNothingLeft();
  rmSync(join(directory, '..'), { recursive: true });
  if (before === undefined) delete process.env.TMPDIR;
  else process.env.TMPDIR = before;
});

const open = (): Promise<Engine> =>
  createEngine({ directory, python: plainPython, onWarning: () => {} });

interface Moment {
  steps: number;
  thenMs: number;
}

/** Lets the work go on until the moment of its end, and gives what it said. */
async function killed(key: string, moment: Moment): Promise<{ pid: number; steps: Step[] }> {
  const other = startEngine(work(directory, key));
  started.push(other);
  const kill = (): void => void setTimeout(() => other.kill('SIGKILL'), moment.thenMs);
  let said = '';
  let complained = '';
  other.stdout.on('data', (data: Buffer) => {
    said += data.toString();
    if (said.split('\n').length > moment.steps) kill();
  });
  other.stderr.on('data', (data: Buffer) => {
    complained += data.toString();
  });
  if (moment.steps === 0) other.once('spawn', kill);
  const [, signal] = (await once(other, 'close')) as [number, string];
  if (signal !== 'SIGKILL') throw new Error(`the work ended by itself: ${complained}`);
  const lines = said.split('\n').slice(0, -1);
  return { pid: other.pid ?? 0, steps: lines.map((line) => JSON.parse(line) as Step) };
}

/** What is still there of an engine whose process has ended. */
function processesOf(pid: number): string[] {
  return readdirSync('/proc').filter(
    (name) => /^\d+$/.test(name) && read(`/proc/${name}/cmdline`).includes(`"parent":${pid},`),
  );
}

const numbersOf = (steps: Step[], kind: string): number[] =>
  steps.filter(([name]) => name === kind).map(([, number]) => number as number);

async function value(sandbox: Sandbox, code: string): Promise<unknown> {
  const { stdout, error } = await sandbox.execute(`import json\nprint(json.dumps(${code}))`);
  expect(error).toBeUndefined();
  return JSON.parse(stdout);
}

/** The sandbox is as after the last step that was acknowledged, or as after the one under way. */
async function look(key: string, steps: Step[]): Promise<void> {
  const sandbox = await engine.openSandbox({ key });
  const entries = (await collect(sandbox.executions())).filter(({ kind }) => kind === 'execute');
  const ended = entries.filter(({ status }) => status !== 'interrupted').map(({ id }) => id);
  const executed = numbersOf(steps, 'executed');
  const acknowledged = steps.length > 0 ? ['begin', ...executed.map((i) => `e${i}`)] : [];
  const underWay = acknowledged.length === 0 ? 'begin' : `e${executed.length}`;
  expect([acknowledged, [...acknowledged, underWay]]).toContainEqual(ended);
  expect(entries.every(({ status }) => status === 'ok' || status === 'interrupted')).toBe(true);
  if (ended.length > 0) {
    const log = ended.slice(1).map((_, i) => i);
    expect(await value(sandbox, 'log')).toEqual(log);
    const text = log.length > 0 ? 'open("log.txt").read().split()' : '[]';
    expect(await value(sandbox, text)).toEqual(log.map(String));
  }
  for (const i of numbersOf(steps, 'written')) {
    expect(Buffer.from(await sandbox.files.read(`f${i}.txt`)).toString()).toBe(`content ${i}`);
  }
  const deleted = new Set(steps.flatMap(([kind, , id]) => (kind === 'deleted' ? [id] : [])));
  for (const [kind, i, id] of steps) {
    if (kind !== 'forked') continue;
    const found = engine.getSandbox(id as string);
    if (deleted.has(id as string)) {
      await expect(found).rejects.toMatchObject({ code: 'SANDBOX_NOT_FOUND' });
      continue;
    }
    const fork = await found.catch(() => undefined);
    // The last one may have been on its way out.
    if (fork === undefined) expect([(i as number) % 4, i]).toEqual([3, executed.at(-1)]);
    else {
      const own = [...Array((i as number) + 1).keys(), 'fork'];
      expect(await value(fork, 'log')).toEqual(own);
    }
  }
  // The same request again: it runs, or gives what is recorded, and in the end it ran once.
  if (acknowledged.length > 0) {
    const i = executed.length;
    const code = `log.append(${i}); print(${i}, file=open("log.txt", "a"))`;
    await sandbox.execute({ executionId: `e${i}`, code });
    expect(await value(sandbox, 'log')).toEqual([...Array(i + 1).keys()]);
  }
}

/** Kills one process after the other, until there are no more to kill. */
async function killInTurn(name: string, next: () => number | undefined): Promise<void> {
  for (let kill = next(); kill !== undefined; kill = next()) {
    const key = `${name}-${kill}`;
    const moment = {
      steps: Math.floor(Math.random() * (LATEST_STEP + 1)),
      // Before the first step lies the start of the process, which is longer.
      thenMs: Math.random() * PART_OF_STEP_MS,
    };
    if (moment.steps === 0) moment.thenMs *= 20;
    const { pid, steps } = await killed(key, moment);
    try {
      await look(key, steps);
      await vi.waitFor(() => expect(processesOf(pid)).toEqual([]), { timeout: 10_000 });
    } catch (error) {
      const said = JSON.stringify(steps.slice(-6));
      throw new Error(`killed at ${JSON.stringify(moment)}, having said ${said}`, { cause: error });
    }
  }
}

verifies(
  'state.survives-restart',
  `an engine is killed at ${KILLS} random moments: what was acknowledged is there, once`,
  async () => {
    let kills = 0;
    const next = (): number | undefined => {
      kills += 1;
      return kills <= KILLS ? kills : undefined;
    };
    await Promise.all(
      Array.from({ length: AT_ONCE }, (_, line) => killInTurn(`line-${line}`, next)),
    );
    const { sandboxes } = await engine.listSandboxes({ pageSize: 1_000 });
    for (const { id } of sandboxes) await engine.deleteSandbox(id);
    await engine.close();
    engine = await open();
    // Opening clears what killed processes left half done.
    expect(blobFiles(directory)).toEqual([]);
    expect(readdirSync(join(directory, '..')).filter((name) => name !== 'state')).toEqual([]);
  },
  { timeoutMs: 600_000 },
);
