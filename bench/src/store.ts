/** What keeping costs: commits of the SQLite driver, and an execution with and without a directory. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEngine, type Sandbox } from '@belljar/core';
import { createSqliteStore, type SqliteStoreOptions } from '@belljar/store';
import { type Row, row, timeMs } from './measure.js';

const ROUNDS = 500;
const WARM_UP = 50;

/** The outcome of a short execution, as the engine journals it. */
const OUTCOME = { stdout: '', outputs: [], result: { 'text/plain': '42' }, usage: { wallMs: 1 } };

async function commits(options: SqliteStoreOptions): Promise<number[]> {
  await using store = await createSqliteStore(options);
  const now = Date.now();
  await store.createSandbox({
    id: 'a',
    kind: 'sandbox',
    owner: 'owner',
    displayName: '',
    language: 'python',
    labels: {},
    state: 'running',
    limits: {},
    createTime: now,
    updateTime: now,
    expireTime: now + 60_000,
    survival: null,
  });
  const requestHash = '0'.repeat(64);
  const samples: number[] = [];
  for (let index = -WARM_UP; index < ROUNDS; index += 1) {
    const id = `e${index}`;
    const code = 'x += 1';
    const took = await timeMs(async () => {
      const start = {
        id,
        kind: 'execute',
        requestHash,
        code,
        request: null,
        startTime: now,
      } as const;
      await store.beginExecution('a', start);
      const sandbox = { updateTime: now, expireTime: now + 60_000 + index };
      const finish = { status: 'ok', endTime: now, outcome: OUTCOME, files: [], sandbox } as const;
      await store.finishExecution('a', id, { ...finish, files: [] });
    });
    if (index >= 0) samples.push(took);
  }
  return samples;
}

/** Turn by turn, so that both meet the same machine. */
async function executions(sandboxes: readonly Sandbox[]): Promise<number[][]> {
  const samples = sandboxes.map((): number[] => []);
  for (const sandbox of sandboxes) await sandbox.execute('x = 0');
  for (let index = -WARM_UP; index < ROUNDS; index += 1) {
    for (const [which, sandbox] of sandboxes.entries()) {
      const took = await timeMs(() => sandbox.execute('x += 1'));
      if (index >= 0) samples[which]?.push(took);
    }
  }
  return samples;
}

export async function measureStore(): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'belljar-bench-'));
  const directory = (name: string): string => join(folder, name);
  try {
    const python = { preload: [], poolSize: 1 };
    await using memory = await createEngine({ python });
    const kept = { python, directory: directory('engine'), onWarning: () => {} };
    await using durable = await createEngine(kept);
    const [plain = [], written = []] = await executions([
      await memory.createSandbox(),
      await durable.createSandbox(),
    ]);
    const powerLoss = { directory: directory('power'), durability: 'power-loss' } as const;
    return [
      row(
        'begin and finish an execution, two commits',
        'ms',
        await commits({ directory: directory('process') }),
      ),
      row('the same, synced to the disk', 'ms', await commits(powerLoss)),
      row('execute x += 1, nothing kept', 'ms', plain),
      row('execute x += 1, journal committed to a directory', 'ms', written),
    ];
  } finally {
    rmSync(folder, { recursive: true });
  }
}
