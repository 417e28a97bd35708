/** JavaScript sandboxes: birth, execution, files, memory. */
import { createEngine, type Engine } from '@belljar/core';
import { type Row, row, timeMs } from './measure.js';
import { ownBytesInJails } from './memory.js';
import { pause } from './python.js';

const language = 'javascript';
const ROUNDS = 50;
const EXECUTIONS = 2_000;
const MEMORY_SANDBOXES = 5;
const BYTES = 100_000_000;
/** The caller thinks between two sandboxes; the pool, whose processes start in 100 ms, is full again. */
const PAUSE_MS = 400;
const python = { poolSize: 0, preload: [] };

async function createAndExecute(engine: Engine): Promise<number> {
  let id = '';
  const took = await timeMs(async () => {
    const sandbox = await engine.createSandbox({ language });
    id = sandbox.id;
    const { status } = await sandbox.execute('const rows = [1, 2, 3]\nrows.map((n) => n * 2)');
    if (status !== 'ok') throw new Error(`the code ended with '${status}'`);
  });
  await engine.deleteSandbox(id);
  return took;
}

async function births(): Promise<Row[]> {
  await using pooled = await createEngine({ python });
  await using direct = await createEngine({ python, javascript: { poolSize: 0 } });
  const samples = { pool: [] as number[], direct: [] as number[] };
  await createAndExecute(pooled);
  await createAndExecute(direct);
  for (let round = 0; round < ROUNDS; round += 1) {
    await pause(PAUSE_MS);
    samples.pool.push(await createAndExecute(pooled));
    await pause(PAUSE_MS);
    samples.direct.push(await createAndExecute(direct));
  }
  return [
    row('JavaScript: create + first execute, from the pool', 'ms', samples.pool, {
      text: 'p50 ≤ 3 ms',
      reached: ({ p50 }) => p50 <= 3,
    }),
    row('JavaScript: create + first execute, pool empty', 'ms', samples.direct, {
      text: 'p50 ≤ 120 ms',
      reached: ({ p50 }) => p50 <= 120,
    }),
  ];
}

async function executions(): Promise<Row[]> {
  await using engine = await createEngine({ python, javascript: { poolSize: 0 } });
  const sandbox = await engine.createSandbox({ language });
  await sandbox.execute('let x = 0');
  const backToBack: number[] = [];
  for (let round = 0; round < EXECUTIONS; round += 1) {
    backToBack.push(await timeMs(() => sandbox.execute('x += 1')));
  }
  const paused: number[] = [];
  for (let round = 0; round < 100; round += 1) {
    await pause(20);
    paused.push(await timeMs(() => sandbox.execute('x += 1')));
  }
  return [
    row('JavaScript: execute `x += 1`, back to back', 'ms', backToBack, {
      text: 'p50 ≤ 0.5 ms',
      reached: ({ p50 }) => p50 <= 0.5,
    }),
    row('  when the caller pauses 20 ms between calls', 'ms', paused),
    ...(await largeFiles(engine)),
  ];
}

async function largeFiles(engine: Engine): Promise<Row[]> {
  const sandbox = await engine.createSandbox({ language });
  const content = Buffer.alloc(BYTES, 7);
  const taken: number[] = [];
  const given: number[] = [];
  for (let round = 0; round < 5; round += 1) {
    taken.push(await timeMs(() => sandbox.execute({ code: '', files: [{ name: 'in', content }] })));
    const code = `fs.writeFileSync('out', new Uint8Array(${BYTES}).fill(${round}))`;
    given.push(await timeMs(() => sandbox.execute(code)));
  }
  return [
    row('JavaScript: 100 MB in', 'ms', taken),
    row('JavaScript: 100 MB written by the code, and out', 'ms', given),
  ];
}

async function memory(): Promise<Row[]> {
  if (process.getuid?.() !== 0) return []; // a keeper's memory is not the user's to read
  await using engine = await createEngine({ python, javascript: { poolSize: 0 } });
  for (let index = 0; index < MEMORY_SANDBOXES; index += 1) {
    await (await engine.createSandbox({ language })).execute('1 + 1');
  }
  await pause(PAUSE_MS);
  const { keepers, sessions } = ownBytesInJails();
  const own = (keepers + sessions) / MEMORY_SANDBOXES / 1e6;
  return [
    row('JavaScript: own memory of an idle sandbox', 'MB', [own], {
      text: '≤ 45 MB',
      reached: ({ p50 }) => p50 <= 45,
    }),
  ];
}

export async function measureJavascript(): Promise<Row[]> {
  return [...(await births()), ...(await executions()), ...(await memory())];
}
