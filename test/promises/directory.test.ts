/** What `directory` carries from one engine to the next, and what it does not carry yet. */
import { once } from 'node:events';
import { readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createEngine, type Engine, type EngineOptions, type Execution } from '@belljar/core';
import { createLeaseOwner, createSqliteStore, type LeaseOwner } from '@belljar/store';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { type EngineProcess, line, runEngine, startEngine } from '../attacks/run-engine.js';
import { collect } from '../helpers/collect.js';
import { hold } from '../helpers/hold.js';
import { useDirectories } from '../helpers/sqlite-stores.js';
import { plainPython, useEngines } from '../helpers/test-engine.js';
import { verifies } from '../helpers/verifies.js';

const openPlain = useEngines();
const makeDirectory = useDirectories();
const started: EngineProcess[] = [];

afterAll(() => {
  for (const engine of started) engine.kill('SIGKILL');
});

const open = (directory: string, options: EngineOptions = {}): Promise<Engine> =>
  openPlain({ directory, onWarning: () => {}, ...options });
const held = (details: object) => ({ name: 'BelljarError', code: 'SANDBOX_HELD', details });
const result = (execution: Execution): unknown => execution.result?.['text/plain'];

/** Another process with an engine and a sandbox of the key `k`. */
function startOther(directory: string, body: string): EngineProcess {
  const engine = startEngine(`
    import { createEngine } from '@belljar/core';
    const engine = await createEngine({
      directory: ${JSON.stringify(directory)}, python: { preload: [], poolSize: 0 }, onWarning() {},
    });
    const sandbox = await engine.openSandbox({ key: 'k' });
    ${body}`);
  started.push(engine);
  return engine;
}

async function end(engine: EngineProcess, signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
  engine.kill(signal);
  await once(engine, 'close');
}

describe('another process', () => {
  it('knows the sandboxes: it lists, gets, opens and deletes them', async () => {
    const directory = makeDirectory();
    const said = await runEngine(`
      import { createEngine } from '@belljar/core';
      await using engine = await createEngine({ directory: '${directory}', onWarning() {} });
      const a = await engine.createSandbox({ displayName: 'a', labels: { team: 'x' } });
      const b = await engine.as('bob').openSandbox({ key: 'b', ttlMs: 60_000 });
      console.log(JSON.stringify([a.info, b.info]));`);
    const [a, b] = said as { id: string; createTime: string }[];
    const engine = await open(directory);
    const { sandboxes } = await engine.listSandboxes();
    expect(sandboxes).toEqual([{ ...a, resident: false }, b]);
    expect((await engine.listSandboxes({ labels: { team: 'x' } })).sandboxes).toHaveLength(1);
    expect((await engine.as('bob').openSandbox({ key: 'b' })).id).toBe(b?.id);
    const sandbox = await engine.getSandbox(a?.id ?? '');
    // It never ran: there was nothing to lose.
    expect(await sandbox.execute('1')).toMatchObject({ status: 'ok', survival: undefined });
    await engine.deleteSandbox(sandbox.id);
    await engine.close();
    const again = await open(directory);
    expect((await again.listSandboxes()).sandboxes.map(({ id }) => id)).toEqual([b?.id]);
  });
});

verifies(
  'execution.exactly-once',
  'a recorded result is given by the next engine too, with its files, and nothing runs',
  async () => {
    const directory = makeDirectory();
    const code = 'open("out.txt", "w").write("content");\nprint("ran")';
    const request = { executionId: 'a', code, files: [{ name: 'in.txt', content: 'x' }] };
    const first = await open(directory);
    const recorded = await (await first.openSandbox({ key: 'k' })).execute(request);
    await first.close();
    const second = await open(directory);
    const sandbox = await second.openSandbox({ key: 'k' });
    const again = await sandbox.execute(request);
    expect(JSON.parse(JSON.stringify(again))).toEqual(JSON.parse(JSON.stringify(recorded)));
    expect(Buffer.from((await again.files[0]?.bytes()) ?? []).toString()).toBe('content');
    expect(sandbox.info.resident).toBe(false);
    const other = sandbox.execute({ ...request, code: 'x' });
    await expect(other).rejects.toMatchObject({ code: 'EXECUTION_CONFLICT' });
    expect((await collect(sandbox.executions())).map(({ id }) => id)).toEqual(['a']);
  },
);

verifies(
  'execution.exactly-once',
  'what ran when its engine was killed is marked, and the same request may run again',
  async () => {
    const directory = makeDirectory();
    const code = 'import time\nprint("up", flush=True)\nwhile wait: time.sleep(100)\nprint("done")';
    const other = startOther(
      directory,
      `await sandbox.execute({ executionId: 'first', code: 'wait = True' });
      await sandbox.execute({ executionId: 'e', code: ${JSON.stringify(code)},
        onStdout: () => console.log('RUNS') });`,
    );
    await line(other, 'RUNS');
    await end(other, 'SIGKILL');
    const engine = await open(directory);
    const sandbox = await engine.openSandbox({ key: 'k' });
    const first = await sandbox.execute({ executionId: 'first', code: 'wait = True' });
    expect([first.status, first.survival]).toEqual(['ok', undefined]);
    await sandbox.execute('wait = False');
    const before = await collect(sandbox.executions());
    expect(before.map(({ id, status }) => [id, status]).slice(0, 2)).toEqual([
      ['first', 'ok'],
      ['e', 'interrupted'],
    ]);
    const conflict = sandbox.execute({ executionId: 'e', code: '1' });
    await expect(conflict).rejects.toMatchObject({ code: 'EXECUTION_CONFLICT' });
    const again = await sandbox.execute({ executionId: 'e', code });
    expect(again).toMatchObject({ status: 'ok', stdout: 'up\ndone\n' });
    const after = await collect(sandbox.executions());
    expect(after.map(({ status }) => status)).toEqual(['ok', 'ok', 'ok']);
  },
);

describe('the directory', () => {
  it('is for its user only, and no warning is due', async () => {
    const directory = makeDirectory();
    const warnings: string[] = [];
    const onWarning = ({ code, message }: { code: string; message: string }) =>
      warnings.push(`${code}: ${message}`);
    const engine = await open(directory, { onWarning });
    await (await engine.createSandbox()).execute('1');
    expect(warnings.filter((one) => one.startsWith('DIRECTORY'))).toEqual([]);
    for (const name of readdirSync(directory, { recursive: true, encoding: 'utf8' })) {
      const status = statSync(join(directory, name));
      expect([name, status.mode & 0o077]).toEqual([name, 0]);
    }
  });
});

describe('a sandbox that another engine runs', () => {
  it('is refused with who has it, and can be read and deleted', async () => {
    const directory = makeDirectory();
    const other = startOther(
      directory,
      `await sandbox.execute({ executionId: 'a', code: 'x = 1' });
      setInterval(() => {}, 1000);
      console.log('READY');`,
    );
    await line(other, 'READY');
    const engine = await open(directory, { python: { ...plainPython, poolSize: 0 } });
    const sandbox = await engine.openSandbox({ key: 'k' });
    const details = { id: sandbox.id, pid: other.pid, host: expect.stringMatching(/./) };
    const refusal = held({ ...details, timeLeftMs: expect.any(Number) });
    for (const call of [
      () => sandbox.execute('1'),
      () => sandbox.execute({ executionId: 'b', code: '1' }),
      () => sandbox.files.list(),
      () => sandbox.spawn('true'),
      () => sandbox.stop(),
    ]) {
      await expect(call()).rejects.toMatchObject(refusal);
    }
    expect(sandbox.info.resident).toBe(false);
    expect((await collect(sandbox.executions())).map(({ id }) => id)).toEqual(['a']);
    const recorded = await sandbox.execute({ executionId: 'a', code: 'x = 1' });
    expect(recorded).toMatchObject({ id: 'a', status: 'ok' });
    await engine.deleteSandbox(sandbox.id);
    await expect(sandbox.execute('1')).rejects.toMatchObject({ code: 'SANDBOX_NOT_FOUND' });
    await end(other, 'SIGKILL');
  });

  it('is free when it was stopped there, and when that engine was closed', async () => {
    const directory = makeDirectory();
    const [first, second] = [await open(directory), await open(directory)];
    const [a, b] = [await first.openSandbox({ key: 'k' }), await second.openSandbox({ key: 'k' })];
    await a.execute('x = 1');
    await expect(b.execute('x')).rejects.toMatchObject(held({ pid: process.pid }));
    await a.stop();
    await expect(b.execute('x')).rejects.toMatchObject({ code: 'SANDBOX_STOPPED' });
    await b.start();
    expect(await b.execute('x += 1\nx')).toMatchObject({
      result: { 'text/plain': '2' },
      survival: undefined,
    });
    await expect(a.execute('x')).rejects.toMatchObject(held({ pid: process.pid }));
    await second.close();
    expect(result(await a.execute('x'))).toBe('2');
  });

  it('cannot be written by an engine that was held up and comes back', async () => {
    const directory = makeDirectory();
    const engine = await open(directory, { python: { ...plainPython, poolSize: 0 } });
    const sandbox = await engine.openSandbox({ key: 'k' });
    await sandbox.execute('x = 1');
    const running = await hold(sandbox, 'x = 2');
    await using store = await createSqliteStore({ directory });
    // As if this engine had been stopped for longer than its lease.
    const take = (owner: LeaseOwner) => {
      const now = Date.now();
      return store.acquireLease(sandbox.id, {
        owner,
        now,
        expireTime: now + 60_000,
        isGone: () => true,
      });
    };
    const { lease } = await take({ ...createLeaseOwner(), host: 'elsewhere', machine: 'other' });
    await running.release();
    await expect(running.execution).rejects.toMatchObject(held({ host: 'elsewhere' }));
    const entries = await collect(sandbox.executions());
    const executed = entries.filter(({ kind }) => kind === 'execute');
    // A short one is in the journal when it has ended, and not before.
    expect(['ok', 'ok,interrupted']).toContain(executed.map(({ status }) => status).join());
    // Its process is ended, and it does not get the sandbox back.
    await vi.waitFor(() =>
      expect(engine.getSandbox(sandbox.id)).resolves.toMatchObject({
        info: { resident: false },
      }),
    );
    await expect(sandbox.execute('x')).rejects.toMatchObject(held({ host: 'elsewhere' }));
    expect(sandbox.info.resident).toBe(false);
    await store.releaseLease(sandbox.id, lease.epoch);
    const after = await sandbox.execute('x');
    expect(result(after)).toBe('1');
    // The barrier's own command has gone with the process; memory and files have not.
    const diverged = after.survival?.diverged ?? [];
    expect(diverged.filter(({ reason }) => !reason.includes('spawn()'))).toEqual([]);
  });
});

verifies('owner.bound', 'holds in the next engine', async () => {
  const directory = makeDirectory();
  const first = await open(directory);
  const { id } = await first.as('alice').createSandbox();
  await first.close();
  const second = await open(directory);
  await expect(second.as('bob').getSandbox(id)).rejects.toMatchObject({
    code: 'SANDBOX_NOT_FOUND',
  });
  expect((await second.as('bob').listSandboxes()).sandboxes).toEqual([]);
  expect((await second.as('alice').getSandbox(id)).id).toBe(id);
});

describe('a directory that cannot be used', () => {
  it('says which file is damaged', async () => {
    const directory = makeDirectory();
    await (await open(directory)).close();
    writeFileSync(join(directory, 'belljar.db'), 'x'.repeat(10_000));
    await expect(createEngine({ directory })).rejects.toMatchObject({
      name: 'BelljarError',
      code: 'STORE_CORRUPT',
      details: { file: join(directory, 'belljar.db') },
    });
  });

  it('is not taken beside a store', async () => {
    await using store = await createSqliteStore({ directory: makeDirectory() });
    const both = createEngine({ directory: makeDirectory(), store });
    await expect(both).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  });
});
