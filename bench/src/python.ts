/** Python sandboxes: birth, execution, cold start. */
import { spawnSync } from 'node:child_process';
import { createEngine, type Engine } from '@belljar/core';
import { type Row, row, timeMs } from './measure.js';

/** What a sandbox that has them ready does at once. */
const IMPORT = 'import pandas as pd, matplotlib.pyplot as plt';
/** And the first work with them, which copies 1,100 pages of what sandboxes share. */
const FRAME = `${IMPORT}\npd.DataFrame({"a": [1, 2, 3]}).a.sum()`;
const ROUNDS = 100;
/** The caller thinks between two sandboxes; the pool is full again by then. */
const PAUSE_MS = 40;

export const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, ms));

/** Resolves when sandboxes are born with the preload list. False when pandas is not there. */
export async function preloaded(engine: Engine): Promise<boolean> {
  for (let round = 0; round < 400; round += 1) {
    const sandbox = await engine.createSandbox();
    const { result } = await sandbox.execute('import sys\n"matplotlib.pyplot" in sys.modules');
    await engine.deleteSandbox(sandbox.id);
    if (result?.['text/plain'] === 'True') return true;
    await pause(50);
  }
  return false;
}

async function createAndExecute(engine: Engine, code: string): Promise<number> {
  let id = '';
  const took = await timeMs(async () => {
    const sandbox = await engine.createSandbox();
    id = sandbox.id;
    const { status } = await sandbox.execute(code);
    if (status !== 'ok') throw new Error(`the code ended with '${status}'`);
  });
  await engine.deleteSandbox(id);
  return took;
}

/** From nothing: engine, zygote, sandbox, code. */
async function cold(code: string, preload?: string[]): Promise<number> {
  let engine: Engine | undefined;
  const took = await timeMs(async () => {
    engine = await createEngine({ python: { poolSize: 0, preload } });
    const sandbox = await engine.createSandbox();
    const { status } = await sandbox.execute(code);
    if (status !== 'ok') throw new Error(`the code ended with '${status}'`);
  });
  await engine?.close();
  return took;
}

/** In a process of its own, so that loading this package counts too. */
function coldProcess(code: string): number {
  const program = `const t = performance.timeOrigin;
    const { createEngine } = await import('@belljar/core');
    const engine = await createEngine();
    const sandbox = await engine.createSandbox();
    const { status } = await sandbox.execute(process.argv[1]);
    console.log(status, performance.timeOrigin + performance.now() - t);
    await engine.close();`;
  const run = spawnSync(process.execPath, ['--input-type=module', '-e', program, code], {
    encoding: 'utf8',
    cwd: import.meta.dirname,
  });
  const [status, took] = run.stdout.trim().split(' ');
  if (status !== 'ok') throw new Error(`a cold process failed: ${run.stderr}`);
  return Number(took);
}

async function births(): Promise<Row[]> {
  await using pooled = await createEngine();
  await using direct = await createEngine({ python: { poolSize: 0 } });
  const hasPandas = (await preloaded(pooled)) && (await preloaded(direct));
  const codes = hasPandas ? [IMPORT, FRAME] : ['1 + 1', '1 + 1'];
  const what = hasPandas ? 'pandas and matplotlib ready' : 'no pandas here';
  const samples = {
    pool: [[], []] as number[][],
    direct: [[], []] as number[][],
    import: [] as number[],
  };
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [index, code] of codes.entries()) {
      await pause(PAUSE_MS);
      samples.pool[index]?.push(await createAndExecute(pooled, code));
      await pause(PAUSE_MS); // the pool fills itself meanwhile
      samples.direct[index]?.push(await createAndExecute(direct, code));
    }
    if (round % 20 === 0) samples.import.push(await cold(codes[0] as string, []));
  }
  const fromPool = {
    text: 'p50 ≤ 3 ms, p99 ≤ 15 ms',
    reached: ({ p50, p99 }: { p50: number; p99: number }) => p50 <= 3 && p99 <= 15,
  };
  const poolEmpty = {
    text: 'p50 ≤ 12 ms',
    reached: ({ p50 }: { p50: number }) => p50 <= 12,
  };
  const [ready = [], frame = []] = samples.pool;
  const [readyDirect = [], frameDirect = []] = samples.direct;
  const rows = [
    row(`create + first execute, from the pool (${what})`, 'ms', ready, fromPool),
    row('  with a first data frame', 'ms', frame, fromPool),
    row(`create + first execute, pool empty (${what})`, 'ms', readyDirect, poolEmpty),
    row('  with a first data frame', 'ms', frameDirect, poolEmpty),
    row('start python in a jail and import pandas', 'ms', samples.import),
  ];
  const ratio = (rows[4]?.p50 ?? 0) / (rows[0]?.p50 ?? 1);
  rows.push(
    row('the pool is faster than that by', 'times', [ratio], {
      text: '≥ 50 times',
      reached: ({ p50 }) => p50 >= 50,
    }),
  );
  return [...rows, await sustained(pooled)];
}

/** Two callers, one for each core; each deletes what it made. */
async function sustained(engine: Engine): Promise<Row> {
  const until = performance.now() + 4_000;
  let made = 0;
  const caller = async (): Promise<void> => {
    while (performance.now() < until) {
      const sandbox = await engine.createSandbox();
      await sandbox.execute('1');
      await engine.deleteSandbox(sandbox.id);
      made += 1;
    }
  };
  await Promise.all([caller(), caller()]);
  return row('creates sustained, each with one execute and a delete', 'a second', [made / 4], {
    text: '≥ 100',
    reached: ({ p50 }) => p50 >= 100,
  });
}

async function executions(): Promise<Row[]> {
  await using engine = await createEngine();
  await preloaded(engine);
  const name = 'execute `x += 1` in a live sandbox, back to back';
  const bounds: [savepoints: boolean, label: string, mostMs: number, times: number][] = [
    [false, `${name}, without savepoints`, 0.5, 2_000],
    [true, `${name}`, 5, 300],
  ];
  const rows: Row[] = [];
  for (const [savepoints, label, mostMs, times] of bounds) {
    const sandbox = await engine.createSandbox({ savepoints });
    await sandbox.execute('x = 0');
    const samples: number[] = [];
    for (let round = 0; round < times; round += 1) {
      samples.push(await timeMs(() => sandbox.execute('x += 1')));
    }
    const reached = ({ p50 }: { p50: number }): boolean => p50 <= mostMs;
    rows.push(row(label, 'ms', samples, { text: `p50 ≤ ${mostMs} ms`, reached }));
  }
  return rows;
}

function coldStarts(): Row[] {
  const plain: number[] = [];
  const pandas: number[] = [];
  coldProcess('1 + 1');
  for (let round = 0; round < 7; round += 1) {
    plain.push(coldProcess('1 + 1'));
    try {
      pandas.push(coldProcess(FRAME));
    } catch {
      // No pandas here: the row is left out.
    }
  }
  const rows = [
    row('a cold process: engine + create + execute of `1 + 1`', 'ms', plain, {
      text: '≤ 250 ms',
      reached: ({ p50 }) => p50 <= 250,
    }),
  ];
  if (pandas.length > 0) {
    rows.push(
      row('a cold process: engine + create + first use of pandas', 'ms', pandas, {
        text: '≤ 1 s',
        reached: ({ p50 }) => p50 <= 1_000,
      }),
    );
  }
  return rows;
}

export async function measurePython(): Promise<Row[]> {
  return [...coldStarts(), ...(await births()), ...(await executions())];
}
