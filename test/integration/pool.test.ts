/** Sandboxes that stand ready, and many at the same time. */
import type { Sandbox } from '@belljar/core';
import { describe, expect, it } from 'vitest';
import { hold } from '../helpers/hold.js';
import { useEngines } from '../helpers/test-engine.js';

const open = useEngines();

describe('pool', () => {
  it('gives each sandbox away once, and never again', async () => {
    const engine = await open();
    for (let index = 0; index < 10; index += 1) {
      const sandbox = await engine.createSandbox();
      const used = 'import os\nseen = [n for n in globals() if n == "mark"] + os.listdir("/tmp")';
      const code = `${used} + os.listdir(".")\nmark = 1\nopen("/tmp/mark", "w").close()\nseen`;
      const { result } = await sandbox.execute(code);
      expect(result?.['text/plain']).toBe('[]');
      await engine.deleteSandbox(sandbox.id);
    }
  });

  it('can be empty: every sandbox is then born when it is asked for', async () => {
    const engine = await open({ python: { preload: [], poolSize: 0 } });
    const sandboxes = await Promise.all(Array.from({ length: 8 }, () => engine.createSandbox()));
    const results = await Promise.all(sandboxes.map((sandbox) => sandbox.execute('6 * 7')));
    expect(results.map(({ result }) => result?.['text/plain'])).toEqual(Array(8).fill('42'));
  });

  it('creates many sandboxes at once, each with memory of its own', async () => {
    const engine = await open();
    const numbers = Array.from({ length: 30 }, (_, index) => index);
    const sandboxes = await Promise.all(numbers.map(() => engine.createSandbox()));
    await Promise.all(sandboxes.map((sandbox, index) => sandbox.execute(`x = ${index}`)));
    const results = await Promise.all(sandboxes.map((sandbox) => sandbox.execute('x')));
    expect(results.map(({ result }) => Number(result?.['text/plain']))).toEqual(numbers);
    await Promise.all(sandboxes.map(({ id }) => engine.deleteSandbox(id)));
    expect(await engine.listSandboxes()).toEqual({ sandboxes: [], nextPageToken: undefined });
  });

  it('gives other limits than its own to a sandbox that asks for them', async () => {
    const engine = await open({ limits: { openFiles: 100 } });
    const own = 'import resource; resource.getrlimit(resource.RLIMIT_NOFILE)[0]';
    const ready = await engine.createSandbox();
    const asked = await engine.createSandbox({ limits: { openFiles: 200 } });
    const values = await Promise.all([ready.execute(own), asked.execute(own)]);
    expect(values.map(({ result }) => result?.['text/plain'])).toEqual(['100', '200']);
    expect([ready.info.limits.openFiles, asked.info.limits.openFiles]).toEqual([100, 200]);
  });
});

describe('a fork of the code’s', () => {
  it('has what libraries do after one, although its sandbox was born without', async () => {
    const engine = await open({ python: { preload: ['threading', 'random'], poolSize: 0 } });
    const code = `import os, sys
loaded = 'threading' in sys.modules
import random, threading
gate = threading.Event()
threading.Thread(target=gate.wait).start()
state = random.getstate()
read, write = os.pipe()
if os.fork() == 0:
    os.write(write, b'%d %d' % (threading.active_count(), random.getstate() == state))
    os._exit(0)
os.wait()
gate.set()
[loaded, os.read(read, 9).decode()]`;
    const bornOf = new Set<string | undefined>();
    while (!bornOf.has("[True, '1 0']")) {
      const { result } = await (await engine.createSandbox()).execute(code);
      bornOf.add(result?.['text/plain'] as string);
    }
    expect([...bornOf].filter((value) => !value?.endsWith("'1 0']"))).toEqual([]);
  });
});

describe('concurrent executions', () => {
  it('are as many as the engine allows; the next waits its turn', async () => {
    const engine = await open({ maxConcurrentExecutions: 2 });
    const make = (): Promise<Sandbox> => engine.createSandbox();
    const [first, second, third] = await Promise.all([make(), make(), make()]);
    const order: string[] = [];
    const held = [await hold(first), await hold(second)];
    const waiting = third.execute({ code: 'print("third")', onStdout: () => order.push('third') });
    // Files need no place, and a call that comes later has been there and back.
    expect(await (await make()).files.list()).toEqual([]);
    order.push('released');
    await held[0]?.release();
    expect(await waiting).toMatchObject({ status: 'ok' });
    expect(order).toEqual(['released', 'third']);
    await held[1]?.release();
    await Promise.all(held.map(({ execution }) => execution));
  });

  it('are freed by executions that fail before they begin', async () => {
    const engine = await open({ maxConcurrentExecutions: 1 });
    const sandbox = await engine.createSandbox();
    for (let index = 0; index < 3; index += 1) {
      const files = [
        { name: 'a', content: '' },
        { name: 'a/b', content: '' },
      ];
      await expect(sandbox.execute({ code: '1', files })).rejects.toMatchObject({
        code: 'INVALID_ARGUMENT',
      });
    }
    expect(await sandbox.execute('1')).toMatchObject({ status: 'ok' });
  });
});
