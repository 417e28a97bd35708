/** State that outlives its process: pause, wake, second checkpoint, fork, many known sandboxes. */
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEngine, type Engine, type Sandbox } from '@belljar/core';
import { createSqliteStore } from '@belljar/store';
import { type Row, row, timeMs } from './measure.js';
import { pause, preloaded } from './python.js';

const SMALL = 'import math\nx = 1\ndef double(n): return 2 * n\nwords = {"a": [1, 2, 3]}';
/** 200 MB of numbers in ten columns. */
const LARGE = `import numpy as np, pandas as pd
x = 1
df = pd.DataFrame(np.random.rand(2_500_000, 10), columns=list("abcdefghij"))`;
const ROUNDS = 20;
const LARGE_ROUNDS = 7;
const KNOWN = 10_000;
const IN_MEMORY = 50;

const atMost = (limit: number, unit = 'ms') => ({
  text: `p50 ≤ ${limit} ${unit}`,
  reached: ({ p50 }: { p50: number }) => p50 <= limit,
});

async function run(sandbox: Sandbox, code: string): Promise<void> {
  const { status, error } = await sandbox.execute(code);
  if (status !== 'ok') throw new Error(`the code ended with '${status}': ${error?.traceback}`);
}

function folderBytes(folder: string): number {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
}

async function createAndExecute(engine: Engine): Promise<number> {
  let id = '';
  const took = await timeMs(async () => {
    const sandbox = await engine.createSandbox();
    id = sandbox.id;
    await run(sandbox, 'import pandas as pd, matplotlib.pyplot as plt');
  });
  await engine.deleteSandbox(id);
  return took;
}

/** Journal on: what a sandbox of a directory costs more. */
async function journalled(engine: Engine): Promise<Row[]> {
  const creates: number[] = [];
  for (let round = 0; round < 100; round += 1) {
    await pause(40);
    creates.push(await createAndExecute(engine));
  }
  // Turn by turn, so that both meet the same machine.
  await using forgetful = await createEngine({ python: { preload: [], poolSize: 1 } });
  const backToBack: [number[], number[]] = [[], []];
  const sandboxes = [
    await engine.createSandbox({ savepoints: false }),
    await forgetful.createSandbox({ savepoints: false }),
  ] as const;
  for (const sandbox of sandboxes) await run(sandbox, 'x = 0');
  for (let round = 0; round < 1_000; round += 1) {
    for (const [which, sandbox] of sandboxes.entries()) {
      backToBack[which]?.push(await timeMs(() => sandbox.execute('x += 1')));
    }
  }
  const sandbox = await engine.createSandbox();
  await run(sandbox, 'x = 0');
  const paused: number[] = [];
  for (let round = 0; round < 200; round += 1) {
    await pause(20);
    paused.push(await timeMs(() => sandbox.execute('x += 1')));
  }
  for (const { id } of [sandbox, sandboxes[0]]) await engine.deleteSandbox(id);
  const [journal, nothing] = backToBack;
  return [
    row('execute `x += 1`, 20 ms apart, journal committed', 'ms', paused, atMost(0.5)),
    row('back to back, without savepoints', 'ms', journal, atMost(0.5)),
    row('the same with nothing kept', 'ms', nothing),
    row('create + first execute from the pool, journal committed', 'ms', creates, atMost(3.5)),
  ];
}

/** The longest that one of many short executions takes while a checkpoint is made. */
async function pauses(sandbox: Sandbox, rounds: number): Promise<number[]> {
  const samples: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    // Long enough for a checkpoint to be due at its end.
    await run(sandbox, 'import time; time.sleep(0.3); x += 1');
    const until = performance.now() + 150;
    const took: number[] = [];
    while (performance.now() < until) took.push(await timeMs(() => sandbox.execute('x += 1')));
    const usual = took.toSorted((a, b) => a - b)[Math.floor(took.length / 2)] ?? 0;
    samples.push(Math.max(...took) - usual);
    await pause(1_500);
  }
  return samples;
}

async function wakes(sandbox: Sandbox, rounds: number): Promise<number[]> {
  const samples: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    await run(sandbox, 'x += 1');
    await sandbox.hibernate();
    await pause(200); // the pool fills itself
    samples.push(await timeMs(() => run(sandbox, 'x')));
  }
  return samples;
}

async function forks(engine: Engine, sandbox: Sandbox, rounds: number): Promise<number[]> {
  const samples: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    await pause(700); // a checkpoint is made, and the pool filled
    let id = '';
    samples.push(
      await timeMs(async () => {
        const fork = await sandbox.fork();
        id = fork.id;
        await run(fork, 'x');
      }),
    );
    await engine.deleteSandbox(id);
  }
  return samples;
}

async function eightForks(engine: Engine, sandbox: Sandbox): Promise<number> {
  await pause(1_000);
  const made: Sandbox[] = [];
  const took = await timeMs(() =>
    Promise.all(
      Array.from({ length: 8 }, async () => {
        const fork = await sandbox.fork();
        made.push(fork);
        await run(fork, 'x');
      }),
    ),
  );
  for (const { id } of made) await engine.deleteSandbox(id);
  return took;
}

async function small(engine: Engine): Promise<Row[]> {
  const sandbox = await engine.createSandbox();
  await run(sandbox, SMALL);
  const rows = [
    row('pause that a checkpoint causes, small session', 'ms', await pauses(sandbox, ROUNDS)),
    row('wake, small session', 'ms', await wakes(sandbox, ROUNDS), atMost(10)),
    row(
      'fork, ready to execute, small session',
      'ms',
      await forks(engine, sandbox, ROUNDS),
      atMost(15),
    ),
  ];
  await engine.deleteSandbox(sandbox.id);
  return rows;
}

async function large(engine: Engine, directory: string): Promise<Row[]> {
  const before = folderBytes(directory);
  const sandbox = await engine.createSandbox();
  await run(sandbox, LARGE);
  await sandbox.hibernate();
  const first = folderBytes(directory);
  await run(sandbox, 'df.iloc[1_000_000, 3] = 0.0');
  await sandbox.hibernate();
  const second = folderBytes(directory);
  const paused = await pauses(sandbox, LARGE_ROUNDS);
  const woken = await wakes(sandbox, LARGE_ROUNDS);
  const forked = await forks(engine, sandbox, LARGE_ROUNDS);
  const eight = [await eightForks(engine, sandbox), await eightForks(engine, sandbox)];
  await engine.deleteSandbox(sandbox.id);
  return [
    row('first checkpoint with a 200 MB DataFrame writes', 'MB', [(first - before) / 1e6]),
    row('second checkpoint after one value has changed writes', 'MB', [(second - first) / 1e6], {
      text: 'not 200 MB',
      reached: ({ p50 }) => p50 < 20,
    }),
    row('pause that a checkpoint causes, 200 MB', 'ms', paused, atMost(5)),
    row('wake, 200 MB DataFrame', 'ms', woken, atMost(400)),
    row('fork, ready to execute, 200 MB DataFrame', 'ms', forked, atMost(300)),
    row('eight forks of it at once', 'ms', eight, atMost(2_000)),
  ];
}

/** Many sandboxes that nobody uses, and some that are in memory. */
async function known(directory: string): Promise<Row[]> {
  {
    await using store = await createSqliteStore({ directory });
    const now = Date.now();
    for (let index = 0; index < KNOWN; index += 1) {
      await store.createSandbox({
        id: `known-${index}`,
        kind: 'sandbox',
        owner: 'default',
        displayName: `number ${index}`,
        language: 'python',
        labels: { team: `t${index % 7}` },
        state: 'running',
        limits: {},
        createTime: now + index,
        updateTime: now,
        expireTime: now + 3_600_000,
        survival: null,
      });
    }
  }
  const opened: number[] = [];
  const python = { preload: [], poolSize: 1 };
  for (let round = 0; round < 5; round += 1) {
    let engine: Engine | undefined;
    const open = async (): Promise<void> => {
      engine = await createEngine({ directory, python, onWarning: () => {} });
      await engine.getSandbox('known-0');
    };
    opened.push(await timeMs(open));
    await engine?.close();
  }
  await using engine = await createEngine({ directory, python, onWarning: () => {} });
  for (let index = 0; index < IN_MEMORY; index += 1) {
    await run(await engine.createSandbox(), 'x = 1');
  }
  const [listed, got]: [number[], number[]] = [[], []];
  for (let round = 0; round < 100; round += 1) {
    listed.push(await timeMs(() => engine.listSandboxes({ pageSize: 100 })));
    got.push(await timeMs(() => engine.getSandbox(`known-${round * 97}`)));
  }
  return [
    row(`list a page of 100 of ${KNOWN} known, ${IN_MEMORY} in memory`, 'ms', listed, atMost(5)),
    row('get one of them', 'ms', got, atMost(5)),
    row('open an engine on their directory', 'ms', opened, atMost(1_000)),
  ];
}

export async function measureState(): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'belljar-bench-'));
  try {
    const directory = join(folder, 'state');
    const rows: Row[] = [];
    {
      await using engine = await createEngine({ directory, onWarning: () => {} });
      const hasPandas = await preloaded(engine);
      rows.push(...(await journalled(engine)), ...(await small(engine)));
      if (hasPandas) rows.push(...(await large(engine, directory)));
    }
    return [...rows, ...(await known(join(folder, 'known')))];
  } finally {
    rmSync(folder, { recursive: true });
  }
}
