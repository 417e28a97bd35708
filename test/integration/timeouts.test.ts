/** Time limits and cancelling: first the code is interrupted, then its process is ended. */
import type { Sandbox } from '@belljar/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { hold } from '../helpers/hold.js';
import { byLevel } from '../helpers/level.js';
import { useSandboxes } from '../helpers/test-engine.js';

const create = useSandboxes();
let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await create();
});

const plain = async (code: string): Promise<unknown> =>
  (await sandbox.execute(code)).result?.['text/plain'];

/** One call of C code that never looks for signals. */
const stubborn = 'print("running", flush=True)\nsum(iter(int, 1))';

describe('timeout', () => {
  it('interrupts the code, and puts the sandbox back to before it', async () => {
    await sandbox.execute('kept = 1');
    const execution = await sandbox.execute({
      code: 'during = 2\nprint("so far")\nwhile True: pass',
      timeoutMs: 150,
    });
    expect(execution).toMatchObject({
      status: 'timeout',
      stdout: 'so far\n',
      error: { name: 'KeyboardInterrupt' },
      survival: undefined,
      rolledBack: true,
      savepoint: { kind: byLevel('fork', 'journal') },
    });
    expect(await plain('kept, "during" in globals()')).toBe('(1, False)');
  });

  it('lets the code clean up when it is interrupted', async () => {
    const code = `
import time
try:
    time.sleep(100)
finally:
    open("cleaned.txt", "w").write("yes")`;
    const { status, files } = await sandbox.execute({ code, timeoutMs: 100 });
    expect(status).toBe('timeout');
    expect(files).toMatchObject([{ name: 'cleaned.txt', change: 'created' }]);
  });

  it('ends the process of code that does not listen, and loses nothing', async () => {
    const own = await create();
    await own.execute('kept = 1\nopen("file.txt", "w").write("x");');
    const execution = await own.execute({ code: stubborn, timeoutMs: 100 });
    expect(execution).toMatchObject({
      status: 'timeout',
      stdout: 'running\n',
      rolledBack: true,
    });
    const { result, survival } = await own.execute('kept');
    expect([result?.['text/plain'], survival]).toEqual(['1', undefined]);
    expect(await own.files.stat('file.txt')).toMatchObject({ type: 'file' });
  });

  it('reaches code that waits, and code that awaits', async () => {
    const waiting = { code: 'import time; time.sleep(100)', timeoutMs: 50 };
    expect(await sandbox.execute(waiting)).toMatchObject({ status: 'timeout' });
    await sandbox.execute('import asyncio');
    const awaiting = { code: 'await asyncio.sleep(100)', timeoutMs: 50 };
    expect(await sandbox.execute(awaiting)).toMatchObject({ status: 'timeout' });
    expect(await plain('await asyncio.sleep(0, 7)')).toBe('7');
  });

  it('may be so short that the code has not begun, and keeps the state', async () => {
    await sandbox.execute('kept = 1');
    for (let index = 0; index < 20; index += 1) {
      const execution = await sandbox.execute({ code: 'while True: pass', timeoutMs: 0.01 });
      expect(execution).toMatchObject({ status: 'timeout', survival: undefined });
    }
    expect(await plain('kept')).toBe('1');
  });

  it('takes the sandbox’s own limit where the call names none', async () => {
    const own = await create({ limits: { timeoutMs: 100 } });
    expect(await own.execute('while True: pass')).toMatchObject({ status: 'timeout' });
    const longer = { code: 'import time; time.sleep(0.3)', timeoutMs: 20_000 };
    expect(await own.execute(longer)).toMatchObject({ status: 'ok' });
  });
});

describe('cancel', () => {
  it('interrupts the code and keeps its state', async () => {
    await sandbox.execute('kept = 5');
    const controller = new AbortController();
    const execution = await sandbox.execute({
      code: 'print("running", flush=True)\nwhile True: pass',
      signal: controller.signal,
      onStdout: () => controller.abort(),
    });
    expect(execution).toMatchObject({ status: 'cancelled', survival: undefined });
    expect(await plain('kept')).toBe('5');
  });

  it('ends what does not listen', async () => {
    const own = await create();
    const controller = new AbortController();
    const execution = await own.execute({
      code: stubborn,
      signal: controller.signal,
      onStdout: () => controller.abort(),
    });
    expect(execution).toMatchObject({ status: 'cancelled', rolledBack: true });
    expect(await own.execute('1')).toMatchObject({ status: 'ok' });
  });

  it('is not lost when it comes while the files are written', async () => {
    const controller = new AbortController();
    const files = [{ name: 'large', content: new Uint8Array(50_000_000) }];
    const call = { code: 'ran = 1\nwhile True: pass', files, signal: controller.signal };
    const execution = sandbox.execute(call);
    setImmediate(() => setImmediate(() => controller.abort()));
    expect(await execution).toMatchObject({ status: 'cancelled' });
  });

  it('is answered at once while another execution runs', async () => {
    const own = await create();
    const held = await hold(own);
    const controller = new AbortController();
    const waiting = own.execute({ code: 'ran = 1', signal: controller.signal, executionId: 'w' });
    controller.abort();
    expect(await waiting).toMatchObject({ status: 'cancelled', usage: { wallMs: 0 } });
    await held.release();
    expect(await held.execution).toMatchObject({ status: 'ok' });
    expect(await own.execute('"ran" in globals()')).toMatchObject({
      result: { 'text/plain': 'False' },
    });
    const again = await own.execute({ code: 'ran = 1', executionId: 'w' });
    expect(again.status).toBe('cancelled');
  });

  it('does not wait for a file that never comes', async () => {
    const controller = new AbortController();
    let cancelled: unknown;
    const content = new ReadableStream<Uint8Array>({
      pull: () => controller.abort('enough'),
      cancel: (reason) => {
        cancelled = reason;
      },
    });
    const call = { code: 'ran = 2', files: [{ name: 'a', content }], signal: controller.signal };
    expect(await sandbox.execute(call)).toMatchObject({ status: 'cancelled' });
    expect(cancelled).toBeDefined();
    expect(await sandbox.files.stat('a')).toBeNull();
  });

  it('changes nothing when the execution has ended', async () => {
    const controller = new AbortController();
    const call = { code: 'done = 1', signal: controller.signal };
    expect(await sandbox.execute(call)).toMatchObject({ status: 'ok' });
    controller.abort();
    expect(await sandbox.execute('done')).toMatchObject({ status: 'ok' });
  });

  it('leaves no listener on a signal that many executions share', async () => {
    const { signal } = new AbortController();
    let listeners = 0;
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    signal.addEventListener = (...given: Parameters<typeof add>) => {
      listeners += 1;
      add(...given);
    };
    signal.removeEventListener = (...given: Parameters<typeof remove>) => {
      listeners -= 1;
      remove(...given);
    };
    for (let index = 0; index < 5; index += 1) await sandbox.execute({ code: '1', signal });
    await (await sandbox.spawn('true', { signal })).wait();
    expect(await sandbox.execute({ code: '1', signal })).toMatchObject({ status: 'ok' });
    expect(listeners).toBe(0);
  });
});
