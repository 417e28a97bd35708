/** Times to live, under a clock that the tests set. */
import { type EngineWarning, MAX_TTL_MS } from '@belljar/core';
import { createMemoryStore, createSqliteStore } from '@belljar/store';
import { afterEach, beforeEach, expect, vi } from 'vitest';
import { hold } from '../helpers/hold.js';
import { useDirectories } from '../helpers/sqlite-stores.js';
import { ownProcesses, plainPython, useEngines } from '../helpers/test-engine.js';
import { verifies } from '../helpers/verifies.js';

const openEngine = useEngines();
/** No pool: it would grow while processes are counted. */
const open: typeof openEngine = (options) =>
  openEngine({ python: { ...plainPython, poolSize: 0 }, ...options });
const makeDirectory = useDirectories();
const notFound = { name: 'BelljarError', code: 'SANDBOX_NOT_FOUND' };
/** Longer than the reaper sleeps. */
const REAPED_MS = 31_000;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date', 'setInterval', 'clearInterval'], now: 1_800_000_000_000 });
});
afterEach(() => {
  vi.useRealTimers();
});

const pass = (ms: number): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);
const left = ({ expireTime }: { expireTime: string }): number =>
  Date.parse(expireTime) - Date.now();

verifies(
  'state.ttl',
  'a sandbox lives to the last millisecond of its time, and no longer',
  async () => {
    const engine = await open();
    const { id } = await engine.createSandbox({ ttlMs: 1_000 });
    await pass(999);
    expect((await engine.getSandbox(id)).info.state).toBe('running');
    await pass(1);
    await expect(engine.getSandbox(id)).rejects.toMatchObject(notFound);
    expect((await engine.listSandboxes()).sandboxes).toEqual([]);
  },
);

verifies('state.ttl', 'time counts from the last execution', async () => {
  const engine = await open();
  const sandbox = await engine.createSandbox({ ttlMs: 1_000 });
  for (let index = 0; index < 3; index += 1) {
    await pass(900);
    await sandbox.execute('1');
    expect(left(sandbox.info)).toBe(1_000);
  }
  await pass(900);
  await sandbox.shell('true');
  await pass(900);
  await sandbox.files.write('a', 'a');
  await pass(900);
  await (await sandbox.spawn('true')).wait();
  await pass(900);
  // These count as no use.
  await sandbox.files.read('a');
  await sandbox.files.list();
  await sandbox.variables();
  await engine.listSandboxes();
  await pass(99);
  expect((await engine.getSandbox(sandbox.id)).id).toBe(sandbox.id);
  await pass(1);
  await expect(sandbox.execute('1')).rejects.toMatchObject(notFound);
});

verifies('state.ttl', 'it is 14 days at most, and by default', async () => {
  expect(MAX_TTL_MS).toBe(14 * 86_400_000);
  const engine = await open();
  expect(left((await engine.createSandbox()).info)).toBe(MAX_TTL_MS);
  const refused = { code: 'INVALID_ARGUMENT', details: { maxTtlMs: MAX_TTL_MS } };
  const longer = engine.createSandbox({ ttlMs: MAX_TTL_MS + 1 });
  await expect(longer).rejects.toMatchObject(refused);
  const opening = engine.openSandbox({ key: 'k', ttlMs: MAX_TTL_MS + 1 });
  await expect(opening).rejects.toMatchObject(refused);
  expect((await engine.listSandboxes()).sandboxes).toHaveLength(1);
  const strict = await open({ maxTtlMs: 5_000 });
  expect(left((await strict.createSandbox()).info)).toBe(5_000);
  expect(left((await strict.createSandbox({ ttlMs: 4_999 })).info)).toBe(4_999);
  const loose = await open({ maxTtlMs: 2 * MAX_TTL_MS });
  expect(left((await loose.createSandbox()).info)).toBe(2 * MAX_TTL_MS);
});

verifies('state.ttl', 'then it and every byte of it are gone, without a call', async () => {
  const store = createMemoryStore();
  const engine = await open({ store });
  const kept = await engine.createSandbox();
  await kept.variables(); // all its processes are there
  const before = ownProcesses().length;
  const sandbox = await engine.createSandbox({ ttlMs: 1_000 });
  await sandbox.execute('open("a.txt", "w").write("content that is kept as a blob");');
  await sandbox.variables(); // nothing goes on in it any more
  expect(await store.statistics()).toMatchObject({ sandboxes: 2, executions: 1 });
  await pass(REAPED_MS);
  const nothing = { sandboxes: 1, executions: 0, checkpoints: 0, blobs: 0, blobBytes: 0 };
  await vi.waitFor(async () => expect(await store.statistics()).toEqual(nothing));
  await vi.waitFor(() => expect(ownProcesses().length).toBe(before), { timeout: 5_000 });
  expect(await kept.execute('1')).toMatchObject({ status: 'ok' });
});

verifies('state.ttl', 'also of many that end at once', async () => {
  const store = createMemoryStore();
  const engine = await open({ store });
  const names = Array.from({ length: 250 }, (_, index) => `chat ${index}`);
  await Promise.all(names.map((key) => engine.openSandbox({ key, ttlMs: 1_000 })));
  await pass(REAPED_MS);
  await vi.waitFor(async () => expect(await store.statistics()).toMatchObject({ sandboxes: 0 }));
});

verifies('state.ttl', 'and a store that fails to say which is a warning', async () => {
  const warned = Promise.withResolvers<string>();
  const store = {
    ...createMemoryStore(),
    expiredSandboxes: () => Promise.reject(new Error('the disk is gone')),
  };
  const onWarning = ({ message }: EngineWarning): void => warned.resolve(message);
  await open({ store, onWarning });
  await pass(REAPED_MS);
  expect(await warned.promise).toContain('the disk is gone');
});

verifies(
  'state.ttl',
  'it does not end under code that runs: its time counts from there',
  async () => {
    const engine = await open();
    const sandbox = await engine.createSandbox({ ttlMs: 1_000 });
    const held = await hold(sandbox);
    await pass(REAPED_MS);
    await held.release();
    expect(await held.execution).toMatchObject({ status: 'ok', survival: undefined });
    expect(left(sandbox.info)).toBe(1_000);
    expect(await sandbox.execute('1')).toMatchObject({ status: 'ok' });
  },
);

verifies('state.ttl', 'a key is free again when its sandbox has expired', async () => {
  const engine = await open();
  const first = await engine.openSandbox({ key: 'chat', ttlMs: 1_000 });
  await first.execute('x = 1');
  await pass(1_000);
  const second = await engine.openSandbox({ key: 'chat', ttlMs: 1_000 });
  expect(second.id).not.toBe(first.id);
  expect(await second.execute('x')).toMatchObject({ error: { name: 'NameError' } });
});

verifies('state.ttl', 'what expired while no engine was open is gone when one opens', async () => {
  const directory = makeDirectory();
  const options = { directory, onWarning: () => {} };
  const first = await open(options);
  const sandbox = await first.createSandbox({ ttlMs: 1_000 });
  await sandbox.execute('print("of it")');
  await first.close();
  await pass(1_000);
  const second = await open(options);
  await expect(second.getSandbox(sandbox.id)).rejects.toMatchObject(notFound);
  await using store = await createSqliteStore({ directory });
  const nothing = { sandboxes: 0, executions: 0, checkpoints: 0, blobs: 0, blobBytes: 0 };
  await vi.waitFor(async () => expect(await store.statistics()).toEqual(nothing));
});

verifies('state.ttl', 'another engine’s clock does not end code that runs', async () => {
  const options = { directory: makeDirectory(), onWarning: () => {} };
  const [first, second] = [await open(options), await open(options)];
  const sandbox = await first.createSandbox({ ttlMs: 1_000 });
  const held = await hold(sandbox);
  await pass(REAPED_MS);
  await held.release();
  expect(await held.execution).toMatchObject({ status: 'ok', survival: undefined });
  expect((await second.getSandbox(sandbox.id)).info.state).toBe('running');
  await pass(REAPED_MS);
  await expect(second.getSandbox(sandbox.id)).rejects.toMatchObject(notFound);
});

verifies(
  'state.ttl',
  'a fork lives as long as its source would, unless it is given a time',
  async () => {
    const sandbox = await (await open()).createSandbox({ ttlMs: 60_000 });
    expect(left((await sandbox.fork()).info)).toBe(60_000);
    expect(left((await sandbox.fork({ ttlMs: 90_000 })).info)).toBe(90_000);
  },
);
