/** One sandbox, several engines: who runs it, and how it goes from one to the other. */
import { once } from 'node:events';
import type { Engine, EngineOptions, Execution } from '@belljar/core';
import { afterAll, expect, vi } from 'vitest';
import { type EngineProcess, line, runEngine, startEngine } from '../attacks/run-engine.js';
import { hold } from '../helpers/hold.js';
import { useDirectories } from '../helpers/sqlite-stores.js';
import { useEngines } from '../helpers/test-engine.js';
import { verifies } from '../helpers/verifies.js';

const openPlain = useEngines();
const makeDirectory = useDirectories();
const started: EngineProcess[] = [];

afterAll(() => {
  for (const engine of started) engine.kill('SIGKILL');
});

const open = (directory: string, options: EngineOptions = {}): Promise<Engine> =>
  openPlain({ directory, onWarning: () => {}, ...options });
const text = (execution: Execution): unknown => execution.result?.['text/plain'];
const takeOver = true;

const preamble = (directory: string): string => `
  import { createEngine } from '@belljar/core';
  const engine = await createEngine({
    directory: ${JSON.stringify(directory)}, python: { preload: [], poolSize: 0 }, onWarning() {},
  });`;

verifies(
  'state.survives-restart',
  'a sandbox that another process holds idle is taken over, memory and all',
  async () => {
    const directory = makeDirectory();
    const other = startEngine(`${preamble(directory)}
      const sandbox = await engine.openSandbox({ key: 'k' });
      await sandbox.execute('import os; drawn = os.urandom(8)');
      setInterval(() => {}, 1000);
      process.on('SIGUSR2', async () => {
        const code = await sandbox.execute('drawn').catch((error) => error.code);
        console.log(code, sandbox.info.resident);
      });
      console.log('READY');`);
    started.push(other);
    await line(other, 'READY');
    const engine = await open(directory);
    const { id } = await engine.openSandbox({ key: 'k' });
    const held = (await engine.getSandbox(id)).execute('drawn');
    await expect(held).rejects.toMatchObject({ code: 'SANDBOX_HELD' });
    const sandbox = await engine.getSandbox(id, { takeOver });
    // Drawn from the kernel: it has come over, nothing ran again.
    expect(await sandbox.execute('len(drawn)')).toMatchObject({
      result: { 'text/plain': '8' },
      survival: undefined,
    });
    other.kill('SIGUSR2');
    await line(other, 'SANDBOX_HELD false');
    other.kill('SIGKILL');
    await once(other, 'close');
  },
);

verifies('state.survives-restart', 'a busy holder keeps its sandbox', async () => {
  const directory = makeDirectory();
  const [first, second] = [await open(directory), await open(directory)];
  const sandbox = await first.createSandbox();
  const running = await hold(sandbox, 'x = 1');
  const taking = second.getSandbox(sandbox.id, { takeOver });
  await expect(taking).rejects.toMatchObject({ code: 'SANDBOX_HELD' });
  await running.release();
  expect(await running.execution).toMatchObject({ status: 'ok' });
  const taken = await second.getSandbox(sandbox.id, { takeOver });
  expect(text(await taken.execute('x'))).toBe('1');
});

verifies(
  'state.ttl',
  'a sandbox that another engine deleted ends here, and its code too',
  async () => {
    const directory = makeDirectory();
    const [first, second] = [await open(directory), await open(directory)];
    const [idle, busy] = [await first.createSandbox(), await first.createSandbox()];
    await idle.execute('x = 1');
    const running = await hold(busy);
    await second.deleteSandbox(idle.id);
    await second.deleteSandbox(busy.id);
    await expect(running.execution).rejects.toMatchObject({ code: 'SANDBOX_NOT_FOUND' });
    await vi.waitFor(() => expect(idle.info.resident).toBe(false), { timeout: 10_000 });
  },
);

verifies(
  'execution.exactly-once',
  'of many first calls from two processes, one creates',
  async () => {
    const directory = makeDirectory();
    const engine = await open(directory);
    const program = `${preamble(directory)}
    const calls = Array.from({ length: 10 }, () => engine.openSandbox({ key: 'chat' }));
    const ids = (await Promise.all(calls)).map(({ id }) => id);
    await engine.close();
    console.log(JSON.stringify(ids));`;
    const [one, other] = await Promise.all([runEngine(program), runEngine(program)]);
    const ids = new Set([...(one as string[]), ...(other as string[])]);
    const { sandboxes } = await engine.listSandboxes();
    expect(sandboxes.map(({ id }) => id)).toEqual([...ids]);
  },
);

verifies(
  'state.survives-restart',
  'an engine whose lease ran out unnoticed adds no checkpoint to what another one had meanwhile',
  async () => {
    const directory = makeDirectory();
    const [first, second] = [await open(directory), await open(directory)];
    const sandbox = await first.createSandbox();
    const { id } = await sandbox.execute('x = 1');
    await sandbox.hibernate();
    await sandbox.execute('x = 2'); // the first engine is to checkpoint it in a moment
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 60_000 });
    try {
      const taken = await second.getSandbox(sandbox.id);
      await taken.rollback(id);
      await taken.hibernate();
      await vi.waitFor(() => expect(sandbox.info.resident).toBe(false), { timeout: 5_000 });
      expect(text(await taken.execute('x'))).toBe('1');
    } finally {
      vi.useRealTimers();
    }
  },
);

verifies(
  'state.survives-restart',
  'an engine lets go of an idle sandbox, also where a failure has put it back and nobody came since',
  async () => {
    const directory = makeDirectory();
    const first = await open(directory, { idleTimeoutMs: 50 });
    const { id } = await first.openSandbox({ key: 'k' });
    const own = await first.getSandbox(id);
    await own.execute('x = 1');
    expect((await own.execute('import os; os._exit(1)')).rolledBack).toBe(true);
    const sandbox = await (await open(directory)).getSandbox(id);
    const execution = await vi.waitFor(() => sandbox.execute('x'), { timeout: 20_000 });
    expect(text(execution)).toBe('1');
  },
);
