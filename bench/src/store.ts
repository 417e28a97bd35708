/** What keeping costs: commits of the SQLite driver, and an execution with and without a directory. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEngine, type Sandbox } from '@belljar/core';
import { createSqliteStore, type SandboxRecord, type SqliteStoreOptions } from '@belljar/store';
import { type Row, row, timeMs } from './measure.js';

const ROUNDS = 500;
const WARM_UP = 50;

/** The outcome of a short execution, as the engine journals it. */
const OUTCOME = { stdout: '', outputs: [], result: { 'text/plain': '42' }, usage: { wallMs: 1 } };

function record(id: string, part: Partial<SandboxRecord> = {}): SandboxRecord {
  const now = Date.now();
  return {
    id,
    kind: 'sandbox',
    owner: 'owner',
    displayName: '',
    language: 'python',
    labels: {},
    state: 'running',
    limits: {},
    createTime: now,
    updateTime: now,
    expireTime: now + 60_000_000,
    survival: null,
    ...part,
  };
}

async function commits(options: SqliteStoreOptions): Promise<number[]> {
  await using store = await createSqliteStore(options);
  const now = Date.now();
  await store.createSandbox(record('a'));
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

const KNOWN = 10_000;
const PAGES = 20;

/** Of 10,000 sandboxes: opening the store, pages and records whose keys were never opened, and such that were. */
async function many(options: SqliteStoreOptions): Promise<Row[]> {
  const now = Date.now();
  {
    await using store = await createSqliteStore(options);
    for (let index = 0; index < KNOWN; index += 1) {
      const labels = { team: index % 2 === 0 ? 'a' : 'b' };
      await store.createSandbox(record(`s${index}`, { labels, createTime: now + index }));
    }
  }
  const opening = performance.now();
  await using store = await createSqliteStore(options);
  const opened = performance.now() - opening;
  const [cold, warm, gets]: [number[], number[], number[]] = [[], [], []];
  let pageToken: string | undefined;
  for (let index = 0; index < PAGES; index += 1) {
    const query = { pageSize: 100, now, pageToken };
    cold.push(
      await timeMs(async () => {
        pageToken = (await store.listSandboxes(query)).nextPageToken;
      }),
    );
    warm.push(await timeMs(() => store.listSandboxes(query)));
    gets.push(await timeMs(() => store.getSandbox(`s${KNOWN - 1 - index}`)));
  }
  const quick = { text: '≤ 5 ms', reached: ({ p50 }: { p50: number }) => p50 <= 5 };
  const open = { text: '≤ 1 s', reached: ({ p50 }: { p50: number }) => p50 <= 1_000 };
  return [
    row(`open a store of ${KNOWN} sandboxes`, 'ms', [opened], open),
    row('list 100 of them, keys not opened before', 'ms', cold, quick),
    row('list 100 of them', 'ms', warm, quick),
    row('get one of them, its key not opened before', 'ms', gets, quick),
  ];
}

const PIECES = 200;
const PIECE_BYTES = 1_048_576;

/** A checkpoint of 200 MB, beside a plain write of the same bytes. */
async function checkpoints(directory: string): Promise<Row[]> {
  await using store = await createSqliteStore({ directory: join(directory, 'store') });
  await store.createSandbox(record('a'));
  const [plain, put, again]: [number[], number[], number[]] = [[], [], []];
  for (let round = 0; round < 3; round += 1) {
    const contents = Array.from({ length: PIECES }, () => randomBytes(PIECE_BYTES));
    const megabytes = (ms: number): number => PIECES / (ms / 1_000);
    const write = async (): Promise<void> => {
      for (const [index, content] of contents.entries()) {
        await writeFile(join(directory, `${round}-${index}`), content);
      }
    };
    plain.push(megabytes(await timeMs(write)));
    put.push(megabytes(await timeMs(() => store.putBlobs('a', contents, 'c'))));
    again.push(await timeMs(() => store.putBlobs('a', contents, 'c')));
  }
  return [
    row('write 200 pieces of 1 MiB as plain files', 'MB/s', plain),
    row('put them as blobs: hashed, sealed, written', 'MB/s', put),
    row('put them again', 'ms', again),
  ];
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
      ...(await many({ directory: directory('many') })),
      ...(await checkpoints(folder)),
      row('execute x += 1, nothing kept', 'ms', plain),
      row('execute x += 1, journal committed to a directory', 'ms', written),
    ];
  } finally {
    rmSync(folder, { recursive: true });
  }
}
