/** Engines and sandboxes from their beginning to their end. */
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { EngineWarning } from '@belljar/core';
import { describe, expect, it } from 'vitest';
import { collect } from '../helpers/collect.js';
import { hold } from '../helpers/hold.js';
import {
  expectNothingLeft,
  ownProcesses,
  plainPython,
  useEngines,
  withoutJail,
} from '../helpers/test-engine.js';

const open = useEngines();
const refusal = (code: string) => ({ name: 'BelljarError', code });

describe('engine', () => {
  it('has processes while it is open, and none and no files when it is closed', async () => {
    const engine = await open();
    await (await engine.createSandbox()).execute('1');
    expect(ownProcesses().length).toBeGreaterThan(3);
    await engine.close();
    await expectNothingLeft();
  });

  it('is closed by await using, also after an exception', async () => {
    const failing = async (): Promise<void> => {
      await using engine = await open();
      await using sandbox = await engine.createSandbox();
      await sandbox.execute('1');
      throw new Error('the caller’s own');
    };
    await expect(failing()).rejects.toThrow('the caller’s own');
    await expectNothingLeft();
  });

  it('can be closed before it has started anything', async () => {
    const engine = await open();
    await engine.close();
    await expectNothingLeft();
    const started = await open();
    const creating = started.createSandbox();
    const settled = expect(creating).rejects.toMatchObject(refusal('ENGINE_CLOSED'));
    await started.close();
    await settled;
    await expectNothingLeft();
  });

  it('shares nothing with another one of the same process', async () => {
    const [one, other] = await Promise.all([open(), open()]);
    const sandbox = await one.createSandbox();
    await expect(other.getSandbox(sandbox.id)).rejects.toMatchObject(refusal('SANDBOX_NOT_FOUND'));
    await other.close();
    expect(await sandbox.execute('1')).toMatchObject({ status: 'ok' });
    await one.close();
  });

  it('rejects all that is pending when it closes', async () => {
    const engine = await open();
    const sandbox = await engine.createSandbox();
    const busy = await engine.createSandbox();
    await sandbox.files.write('large', new Uint8Array(50_000_000));
    const held = await hold(busy);
    const pending = Promise.allSettled([
      held.execution,
      busy.execute('1'),
      busy.files.list(),
      busy.variables(),
      busy.shell('true'),
      busy.spawn('true'),
      busy.stop(),
      sandbox.files.read('large'),
      collect(sandbox.files.readStream('large')),
      engine.run({ code: 'while True: pass' }),
      engine.createSandbox({ limits: { processes: 10 } }),
    ]);
    await new Promise(setImmediate);
    await engine.close();
    const closed = { status: 'rejected', reason: refusal('ENGINE_CLOSED') };
    expect(await pending).toMatchObject(Array(11).fill(closed));
    await expectNothingLeft();
  });

  it('ends commands that were spawned when it closes', async () => {
    const engine = await open();
    const command = await (await engine.createSandbox()).spawn('sleep 1000');
    await engine.close();
    expect(await command.wait()).toEqual({ exitCode: null, signal: 9 });
  });

  it('runs in a worker thread, and ends with it when nobody closes it', async () => {
    const start = async (): Promise<Worker> => {
      const url = new URL('fixtures/worker.mjs', import.meta.url);
      const worker = new Worker(url, { workerData: { python: plainPython } });
      expect(await once(worker, 'message')).toEqual(['42']);
      return worker;
    };
    const polite = await start();
    polite.postMessage('close');
    expect(await once(polite, 'message')).toEqual(['closed']);
    await polite.terminate();
    await expectNothingLeft();
    const abrupt = await start();
    expect(ownProcesses().length).toBeGreaterThan(1);
    await abrupt.terminate();
    await expectNothingLeft();
  });

  it('goes on when onWarning throws', async () => {
    const told: EngineWarning[] = [];
    const engine = await open({
      ...withoutJail,
      directory: `${tmpdir()}/state`,
      onWarning: (warning) => {
        told.push(warning);
        throw new Error('not mine');
      },
    });
    const sandbox = await engine.createSandbox({ language: 'javascript' }); // says that it has no jail
    expect(await sandbox.execute('1')).toMatchObject({ isolation: { level: 'process' } });
    expect(new Set(told.map(({ code }) => code)).size).toBe(told.length);
    expect(told.length).toBeGreaterThan(0);
  });

  it('takes options as they are at the call, whatever becomes of them', async () => {
    const engine = await open();
    const labels: Record<string, string> = { team: 'a' };
    const creating = engine.createSandbox({ labels });
    labels.team = 'b';
    const sandbox = await creating;
    expect(sandbox.info.labels).toEqual({ team: 'a' });
    expect((await engine.getSandbox(sandbox.id)).info.labels).toEqual({ team: 'a' });
    const request = {
      code: 'print(open("in.txt").read())',
      files: [{ name: 'in.txt', content: '1' }],
    };
    const environment = { A: '1' };
    const running = [sandbox.execute(request), sandbox.shell('echo $A', { environment })];
    request.code = 'print("changed")';
    request.files.push({ name: '../bad', content: '' });
    environment.A = '2';
    expect((await Promise.all(running)).map(({ stdout }) => stdout)).toEqual(['1\n', '1\n']);
  });
});

describe('sandbox', () => {
  it('stops and starts: calls are refused meanwhile, and memory and files are back', async () => {
    const engine = await open();
    const sandbox = await engine.createSandbox();
    await sandbox.execute('x = 1\nopen("a.txt", "w").write("a");');
    await sandbox.stop();
    expect(sandbox.info).toMatchObject({ state: 'stopped', resident: false });
    for (const call of [sandbox.execute('x'), sandbox.files.list(), sandbox.spawn('true')]) {
      await expect(call).rejects.toMatchObject(refusal('SANDBOX_STOPPED'));
    }
    await sandbox.stop();
    await sandbox.start();
    const after = await sandbox.execute('x, open("a.txt").read()');
    expect(after).toMatchObject({ result: { 'text/plain': "(1, 'a')" }, survival: undefined });
  });

  it('waits with stop until what was asked for before is done', async () => {
    const sandbox = await (await open()).createSandbox();
    const running = sandbox.execute('import time; time.sleep(0.05); 1');
    await sandbox.stop();
    expect(await running).toMatchObject({ status: 'ok' });
  });

  it('is deleted while its code runs: all that is pending says that it is gone', async () => {
    const engine = await open();
    const sandbox = await engine.createSandbox();
    const held = await hold(sandbox);
    const pending = Promise.allSettled([
      held.execution,
      sandbox.execute('1'),
      sandbox.files.list(),
      sandbox.variables(),
    ]);
    await engine.deleteSandbox(sandbox.id);
    const gone = { status: 'rejected', reason: refusal('SANDBOX_NOT_FOUND') };
    expect(await pending).toMatchObject([gone, gone, gone, gone]);
    expect(await (await engine.createSandbox()).execute('1')).toMatchObject({ status: 'ok' });
  });

  it('is deleted while it is being born for a call, and leaves no process', async () => {
    const engine = await open({ python: { preload: [], poolSize: 0 } });
    await engine.createSandbox();
    const before = ownProcesses().length;
    const sandbox = await engine.openSandbox({ key: 'k' });
    expect(sandbox.info.resident).toBe(false);
    const settled = expect(sandbox.execute('1')).rejects.toMatchObject(
      refusal('SANDBOX_NOT_FOUND'),
    );
    await new Promise(setImmediate);
    await engine.deleteSandbox(sandbox.id);
    await settled;
    await expect.poll(() => ownProcesses().length, { timeout: 20_000 }).toBe(before);
  });

  it('tells of itself when it was last used and for how long it lives', async () => {
    const engine = await open();
    const sandbox = await engine.createSandbox({ ttlMs: 60_000 });
    await sandbox.execute('1');
    const { info } = await engine.getSandbox(sandbox.id);
    expect(info).toEqual(sandbox.info);
    expect(Date.parse(info.updateTime)).toBeGreaterThanOrEqual(Date.parse(info.createTime));
    expect(Date.parse(info.expireTime) - Date.parse(info.updateTime)).toBe(60_000);
    for (const time of [info.createTime, info.updateTime, info.expireTime]) {
      expect(new Date(time).toISOString()).toBe(time);
    }
  });

  it('pages its journal', async () => {
    const sandbox = await (await open()).createSandbox();
    for (let index = 0; index < 5; index += 1) {
      await sandbox.execute({ code: String(index), executionId: `e${index}` });
    }
    const ids = async (options: { limit?: number; after?: string }): Promise<string[]> =>
      (await collect(sandbox.executions(options))).map(({ id }) => id);
    expect(await ids({})).toEqual(['e0', 'e1', 'e2', 'e3', 'e4']);
    expect(await ids({ limit: 2 })).toEqual(['e0', 'e1']);
    expect(await ids({ limit: 2, after: 'e1' })).toEqual(['e2', 'e3']);
    expect(await ids({ after: 'e4' })).toEqual([]);
    expect(await ids({ limit: 0 })).toEqual([]);
    await expect(ids({ after: 'unknown' })).rejects.toMatchObject(refusal('INVALID_ARGUMENT'));
  });
});
