/** Sandboxes that move from one directory to another, and those that may not. */
import type { Engine, EngineOptions, Execution } from '@belljar/core';
import { describe, expect, it } from 'vitest';
import { collect } from '../helpers/collect.js';
import { useDirectories } from '../helpers/sqlite-stores.js';
import { useEngines } from '../helpers/test-engine.js';
import { verifies } from '../helpers/verifies.js';

const openPlain = useEngines();
const makeDirectory = useDirectories();
const open = (options: EngineOptions = {}): Promise<Engine> =>
  openPlain({ directory: makeDirectory(), onWarning: () => {}, ...options });
const text = (execution: Execution): unknown => execution.result?.['text/plain'];

async function bytesOf(stream: ReadableStream<Uint8Array>): Promise<Uint8Array> {
  return Buffer.concat(await collect(stream));
}
const streamOf = (bytes: Uint8Array): ReadableStream<Uint8Array> => new Blob([bytes]).stream();

verifies('state.survives-restart', 'a move to another directory, as one stream', async () => {
  const [from, to] = [await open(), await open()];
  const sandbox = await from.createSandbox({ displayName: 'moved', labels: { team: 'a' } });
  await sandbox.execute({ executionId: 'e', code: 'import os; drawn = os.urandom(8); x = [1]\nx' });
  await sandbox.files.write('in/a.txt', 'content');
  const before = text(await sandbox.execute('drawn, x'));
  const moved = await to.importSandbox(await from.exportSandbox(sandbox.id));
  expect(moved.id).not.toBe(sandbox.id);
  expect(moved.info).toMatchObject({ displayName: 'moved', labels: { team: 'a' } });
  const after = await moved.execute('drawn, x');
  expect([text(after), after.survival]).toEqual([before, undefined]);
  expect(Buffer.from(await moved.files.read('in/a.txt')).toString()).toBe('content');
  const entries = await collect(moved.executions());
  expect(entries.map(({ kind }) => kind)).toEqual(['execute', 'files', 'execute', 'execute']);
  await moved.rollback('e');
  expect(await moved.files.list()).toEqual([]);
  // The source goes on.
  expect(text(await sandbox.execute('drawn, x'))).toBe(before);
});

describe('a stream that is not as it was exported', () => {
  it('is refused as a whole', async () => {
    const [from, to] = [await open(), await open()];
    const sandbox = await from.createSandbox();
    await sandbox.execute('x = 1');
    const whole = await bytesOf(await from.exportSandbox(sandbox.id));
    const changed = Uint8Array.from(whole);
    const middle = whole.length >> 1;
    changed[middle] = (changed[middle] ?? 0) ^ 1;
    for (const wrong of [changed, whole.subarray(0, -1), Buffer.concat([whole, Buffer.of(0)])]) {
      const importing = to.importSandbox(streamOf(wrong));
      await expect(importing).rejects.toMatchObject({
        name: 'BelljarError',
        code: 'STORE_CORRUPT',
      });
    }
    expect((await to.listSandboxes()).sandboxes).toEqual([]);
    const imported = await to.importSandbox(streamOf(whole));
    expect(text(await imported.execute('x'))).toBe('1');
  });

  it('frees the sandbox when nobody reads it to its end', async () => {
    const from = await open();
    const sandbox = await from.createSandbox();
    await sandbox.execute('x = 1');
    await (await from.exportSandbox(sandbox.id)).cancel();
    expect(text(await sandbox.execute('x'))).toBe('1');
  });
});

describe('a location', () => {
  it('keeps its sandboxes: an engine of another name neither runs nor copies them', async () => {
    const directory = makeDirectory();
    const eu = await open({ directory, location: 'eu' });
    const sandbox = await eu.createSandbox();
    await sandbox.execute('x = 1');
    const snapshot = await sandbox.snapshot();
    const bytes = await bytesOf(await eu.exportSandbox(sandbox.id));
    await sandbox.hibernate();
    for (const location of ['us', undefined]) {
      const other = await open({ directory, location });
      const seen = await other.getSandbox(sandbox.id);
      for (const call of [
        () => seen.execute('x'),
        () => seen.fork(),
        () => seen.snapshot(),
        () => other.exportSandbox(sandbox.id),
        () => other.createSandbox({ snapshot: snapshot.id }),
        () => other.importSandbox(streamOf(bytes)),
      ]) {
        const refusal = { code: 'RUNTIME_UNAVAILABLE', details: { location: 'eu' } };
        await expect(call()).rejects.toMatchObject(refusal);
      }
    }
    const again = await open({ directory, location: 'eu' });
    expect(text(await (await again.getSandbox(sandbox.id)).execute('x'))).toBe('1');
    expect(text(await (await again.importSandbox(streamOf(bytes))).execute('x'))).toBe('1');
  });
});

describe('JavaScript', () => {
  it('has a journal and no copies', async () => {
    const engine = await open({ onWarning: () => {} });
    const sandbox = await engine.createSandbox({ language: 'javascript' });
    await sandbox.execute('let x = 1; fs.writeFileSync("a", "a")');
    await sandbox.hibernate();
    expect(text(await sandbox.execute('x + fs.readFileSync("a", "utf8")'))).toBe("'1a'");
    for (const call of [() => sandbox.fork(), () => sandbox.snapshot()]) {
      await expect(call()).rejects.toMatchObject({ code: 'RUNTIME_UNAVAILABLE' });
    }
  });
});
