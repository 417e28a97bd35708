/** Sandboxes that are deleted or unknown, signals that are aborted, engines that are closed. */
import { createEngine, type Engine, type Sandbox } from '@belljar/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { collect } from '../helpers/collect.js';
import { hold } from '../helpers/hold.js';
import { ownProcesses, plainPython, useEngines } from '../helpers/test-engine.js';

const open = useEngines();
let engine: Engine;

beforeAll(async () => {
  engine = await open();
});

const notFound = { name: 'BelljarError', code: 'SANDBOX_NOT_FOUND' };
const closed = { name: 'BelljarError', code: 'ENGINE_CLOSED' };

interface Refusal {
  code?: unknown;
}

describe('an unknown sandbox', () => {
  it.for([
    '',
    'x',
    '../..',
    '00000000-0000-0000-0000-000000000000',
    '\0',
    '\ud800',
    'ü'.repeat(999),
  ])('is not found: %j', async (id) => {
    await expect(engine.getSandbox(id)).rejects.toMatchObject({ ...notFound, details: { id } });
    await expect(engine.deleteSandbox(id)).rejects.toMatchObject(notFound);
  });
});

describe('a deleted sandbox', () => {
  it('answers every call with the same error', async () => {
    const sandbox = await engine.createSandbox();
    const [file] = (await sandbox.execute('open("a", "w").write("a");')).files;
    await engine.deleteSandbox(sandbox.id);
    const calls = [
      () => sandbox.execute('1'),
      () => sandbox.shell('true'),
      () => sandbox.spawn('true'),
      () => sandbox.variables(),
      () => collect(sandbox.executions()),
      () => sandbox.stop(),
      () => sandbox.start(),
      () => sandbox.files.write('a', ''),
      () => sandbox.files.read('a'),
      () => collect(sandbox.files.readStream('a')),
      () => sandbox.files.stat('a'),
      () => sandbox.files.list(),
      () => sandbox.files.makeDirectory('b'),
      () => sandbox.files.rename('a', 'b'),
      () => sandbox.files.remove('a'),
      () => file?.bytes(),
      () => engine.getSandbox(sandbox.id),
      () => engine.deleteSandbox(sandbox.id),
    ];
    for (const call of calls) await expect(call()).rejects.toMatchObject(notFound);
    expect(sandbox.info.id).toBe(sandbox.id);
  });

  it('gives its key back', async () => {
    const first = await engine.openSandbox({ key: 'k' });
    await engine.deleteSandbox(first.id);
    expect((await engine.openSandbox({ key: 'k' })).id).not.toBe(first.id);
  });

  it('is not there for what runs or waits while it is deleted', async () => {
    const calls = [
      (one: Sandbox) => one.execute('open("a", "w").write("a")'),
      (one: Sandbox) => one.shell('true'),
      (one: Sandbox) => one.spawn('true'),
      (one: Sandbox) => one.variables(),
      (one: Sandbox) => one.files.write('a', 'b'),
      (one: Sandbox) => one.files.list(),
      (one: Sandbox) => one.stop(),
      (one: Sandbox) => one.start(),
    ];
    const refusals: unknown[] = [];
    for (const first of calls) {
      for (const second of calls) {
        const sandbox = await engine.openSandbox({ key: 'to be deleted' });
        const all = [first(sandbox), second(sandbox), engine.deleteSandbox(sandbox.id)];
        for (const one of await Promise.allSettled<unknown>(all)) {
          if (one.status === 'rejected') refusals.push(one.reason);
        }
      }
    }
    const others = refusals.filter(
      (error) =>
        !['SANDBOX_NOT_FOUND', 'SANDBOX_STOPPED'].includes(String((error as Refusal).code)),
    );
    expect(others).toEqual([]);
    expect(refusals.length).toBeGreaterThan(calls.length);
  });

  it('is deleted once when two ask for it', async () => {
    const sandbox = await engine.createSandbox();
    const both = await Promise.allSettled([
      engine.deleteSandbox(sandbox.id),
      engine.deleteSandbox(sandbox.id),
    ]);
    expect(both.some(({ status }) => status === 'fulfilled')).toBe(true);
    await expect(engine.getSandbox(sandbox.id)).rejects.toMatchObject(notFound);
  });

  it('leaves no process', async () => {
    const own = await open({ python: { ...plainPython, poolSize: 0 } });
    await own.createSandbox();
    const before = ownProcesses().length;
    const sandbox = await own.createSandbox();
    await sandbox.spawn('sleep 1000');
    await own.deleteSandbox(sandbox.id);
    await expect.poll(() => ownProcesses().length).toBe(before);
  });
});

describe('an aborted signal', () => {
  it('rejects with its own reason before anything runs', async () => {
    const sandbox = await engine.createSandbox();
    const reason = new Error('the user left');
    const signal = AbortSignal.abort(reason);
    const files = [{ name: 'a', content: '' }];
    await expect(sandbox.execute({ code: 'ran = 1', files, signal })).rejects.toBe(reason);
    await expect(sandbox.shell('touch ran', { signal })).rejects.toBe(reason);
    await expect(sandbox.spawn('touch ran', { signal })).rejects.toBe(reason);
    await expect(engine.run({ code: '1', signal })).rejects.toBe(reason);
    expect(await sandbox.variables()).toEqual([]);
    expect(await sandbox.files.list()).toEqual([]);
  });

  it('cancels what waits its turn, and what runs, and nothing else', async () => {
    const sandbox = await engine.createSandbox();
    const held = await hold(sandbox);
    const controller = new AbortController();
    const files = [{ name: 'never.txt', content: 'x' }];
    const { signal } = controller;
    const waiting = [
      sandbox.execute({ code: 'ran = 1', files, signal }),
      sandbox.shell('touch ran', { signal }),
    ];
    // Heard at once: it may reject before the execution that is held has ended.
    const spawned = sandbox.spawn('touch ran', { signal }).catch((error: unknown) => error);
    const after = sandbox.execute('6 * 7');
    controller.abort();
    await held.release();
    expect(await spawned).toBe(signal.reason);
    expect(await held.execution).toMatchObject({ status: 'ok' });
    for (const execution of await Promise.all(waiting)) {
      expect(execution).toMatchObject({ status: 'cancelled', files: [], stdout: '' });
    }
    expect(await after).toMatchObject({ status: 'ok', result: { 'text/plain': '42' } });
    expect(await sandbox.files.list()).toEqual([]);
  });

  it('cancels a run, and leaves nothing of it', async () => {
    const controller = new AbortController();
    const execution = await engine.run({
      code: 'print("up", flush=True)\nwhile True: pass',
      signal: controller.signal,
      onStdout: () => controller.abort(),
    });
    expect(execution).toMatchObject({ status: 'cancelled', stdout: 'up\n' });
  });

  it('cancels a run that waits for a place', async () => {
    const narrow = await open({ maxConcurrentExecutions: 1 });
    const held = await hold(await narrow.createSandbox());
    const controller = new AbortController();
    const waiting = narrow.run({ code: 'while True: pass', signal: controller.signal });
    controller.abort();
    await held.release();
    expect(await waiting).toMatchObject({ status: 'cancelled' });
    await held.execution;
  });
});

describe('a closed engine', () => {
  it('refuses every call, of its sandboxes and views too', async () => {
    const own = await createEngine({ python: plainPython });
    const sandbox = await own.createSandbox();
    const view = own.as('someone');
    const [file] = (await sandbox.execute('open("a", "w").write("a");')).files;
    await own.close();
    const calls = [
      () => own.createSandbox(),
      () => own.openSandbox({ key: 'k' }),
      () => own.getSandbox(sandbox.id),
      () => own.listSandboxes(),
      () => own.deleteSandbox(sandbox.id),
      () => own.run({ code: '1' }),
      () => view.createSandbox(),
      () => view.listSandboxes(),
      () => sandbox.execute('1'),
      () => sandbox.shell('true'),
      () => sandbox.spawn('true'),
      () => sandbox.variables(),
      () => collect(sandbox.executions()),
      () => sandbox.stop(),
      () => sandbox.start(),
      () => sandbox.files.list(),
      () => sandbox.files.write('a', 'b'),
      () => collect(sandbox.files.readStream('a')),
      () => file?.bytes(),
    ];
    for (const call of calls) await expect(call()).rejects.toMatchObject(closed);
  });

  it('may be closed again, and leaves nothing', async () => {
    const before = ownProcesses().length;
    const own = await createEngine({ python: plainPython });
    await (await own.createSandbox()).spawn('sleep 1000');
    await Promise.all([own.close(), own.close(), own[Symbol.asyncDispose]()]);
    await expect.poll(() => ownProcesses().length).toBe(before);
  });
});
