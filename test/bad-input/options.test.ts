/** Wrong option types and an unknown language: refused with a sentence, and nothing is made. */
import { BelljarError, createEngine, type Engine, type Sandbox } from '@belljar/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { collect } from '../helpers/collect.js';
import { expectNothingLeft, plainPython, useEngines } from '../helpers/test-engine.js';

const open = useEngines();
let engine: Engine;
let sandbox: Sandbox;

beforeAll(async () => {
  engine = await open();
  sandbox = await engine.createSandbox();
});

/** What a caller from JavaScript may give. */
const anything = (value: unknown): never => value as never;

async function expectRefused(call: () => unknown, names?: string): Promise<void> {
  const error: unknown = await (async () => call())().then(
    () => 'was accepted',
    (reason: unknown) => reason,
  );
  expect(BelljarError.isInstance(error), `${String(names)}: ${String(error)}`).toBe(true);
  expect(error).toMatchObject({ name: 'BelljarError', code: 'INVALID_ARGUMENT' });
  if (names) expect((error as Error).message).toContain(names);
}

describe('createEngine', () => {
  it.for([
    ['null', null],
    ['a string', 'options'],
    ['an option that does not exist', { limit: {} }],
    ['a number as a directory', { directory: 1 }],
    ['an empty directory', { directory: '' }],
    ['NUL in the directory', { directory: 'a\0b' }],
    ['a string as limits', { limits: 'none' }],
    ['a limit that does not exist', { limits: { memory: 1 } }],
    ['a limit of 0', { limits: { memoryBytes: 0 } }],
    ['a negative limit', { limits: { timeoutMs: -1 } }],
    ['a limit that is no number', { limits: { processes: Number.NaN } }],
    ['a limit without end', { limits: { workspaceBytes: Number.POSITIVE_INFINITY } }],
    ['a fraction of a process', { limits: { processes: 1.5 } }],
    ['a text as a number', { limits: { outputBytes: '100' } }],
    ['an unknown isolation level', { minimumIsolation: 'none' }],
    ['python as a path', { python: '/usr/bin/python3' }],
    ['preload as a text', { python: { preload: 'numpy' } }],
    ['preload of code', { python: { preload: ['os; import sys'] } }],
    ['packages that are not known', { python: { packages: 'all' } }],
    ['a negative pool', { python: { poolSize: -1 } }],
    ['no threads', { python: { threads: 0 } }],
    ['onWarning that is no function', { onWarning: 'warn' }],
    ['no concurrent executions', { maxConcurrentExecutions: 0 }],
    ['a store that is none', { store: 'memory' }],
    ['a network switch', { network: true }],
  ] as const)('refuses %s', async ([, options]) => {
    await expectRefused(() => createEngine(anything(options)), 'createEngine');
  });

  it('accepts options that are undefined', async () => {
    const some = await open({ python: plainPython, limits: undefined, directory: undefined });
    await some.close();
    await sandbox.execute('1');
  });
});

describe('sandboxes', () => {
  it.for([
    ['null', null],
    ['an unknown language', { language: 'ruby' }],
    ['an empty language', { language: '' }],
    ['another case of a language', { language: 'Python' }],
    ['a number as a name', { displayName: 1 }],
    ['labels as a list', { labels: ['a'] }],
    ['labels that are numbers', { labels: { a: 1 } }],
    ['a label that objects have already', { labels: JSON.parse('{"__proto__":"a"}') as unknown }],
    ['labels with a lone surrogate', { labels: { a: '\ud800' } }],
    ['a time to live of 0', { ttlMs: 0 }],
    ['a time to live as text', { ttlMs: '1 day' }],
    ['an owner, which as() sets', { owner: 'me' }],
    ['a key, which openSandbox() takes', { key: 'k' }],
  ] as const)('are refused with %s', async ([, options]) => {
    const before = await engine.listSandboxes();
    await expectRefused(() => engine.createSandbox(anything(options)), 'createSandbox');
    expect(await engine.listSandboxes()).toEqual(before);
  });

  it('that are opened need a key', async () => {
    for (const options of [undefined, null, {}, { key: '' }, { key: 1 }, { key: 'a\0' }]) {
      await expectRefused(() => engine.openSandbox(anything(options)), 'openSandbox');
    }
  });

  it('of JavaScript are refused where there is no python3, with what to do', async () => {
    const python = { interpreter: '/nowhere/python3' };
    await using without = await createEngine({ python, onWarning: () => {} });
    for (const call of [
      without.createSandbox({ language: 'javascript' }),
      without.openSandbox({ language: 'javascript', key: 'js' }),
      without.run({ language: 'javascript', code: '1' }),
    ]) {
      await expect(call).rejects.toMatchObject({
        code: 'RUNTIME_UNAVAILABLE',
        suggestion: expect.stringMatching(/python3.*minimumIsolation: 'process'/),
      });
    }
    expect((await without.listSandboxes({ language: 'javascript' })).sandboxes).toEqual([]);
  });

  it('are not found by ids of other types, nor listed by other filters', async () => {
    for (const id of [undefined, null, 1, {}]) {
      await expectRefused(() => engine.getSandbox(anything(id)));
      await expectRefused(() => engine.deleteSandbox(anything(id)));
    }
    for (const options of [
      null,
      { state: 'new' },
      { pageSize: 0 },
      { pageSize: 1_001 },
      { labels: JSON.parse('{"__proto__":"a"}') as unknown },
      { x: 1 },
    ]) {
      await expectRefused(() => engine.listSandboxes(anything(options)), 'listSandboxes');
    }
    for (const owner of [undefined, null, '', 1, 'a\0']) {
      await expectRefused(() => engine.as(anything(owner)));
    }
  });
});

describe('executions', () => {
  it.for([
    ['nothing', undefined],
    ['null', null],
    ['a number', 1],
    ['no code', {}],
    ['code as bytes', { code: Buffer.from('1') }],
    ['files as an object', { code: '1', files: { 'a.txt': 'a' } }],
    ['a file that is null', { code: '1', files: [null] }],
    ['a file without content', { code: '1', files: [{ name: 'a' }] }],
    ['content as a number', { code: '1', files: [{ name: 'a', content: 1 }] }],
    ['content as an object', { code: '1', files: [{ name: 'a', content: { a: 1 } }] }],
    ['a time of 0', { code: '1', timeoutMs: 0 }],
    ['a time that is no number', { code: '1', timeoutMs: Number.NaN }],
    ['a time as text', { code: '1', timeoutMs: '1s' }],
    ['a signal that is none', { code: '1', signal: { aborted: false } }],
    ['an empty id', { code: '1', executionId: '' }],
    ['an id of 257 characters', { code: '1', executionId: 'i'.repeat(257) }],
    ['a callback that is none', { code: '1', onStdout: 'log' }],
    ['an option that does not exist', { code: '1', timeout: 1 }],
  ] as const)('are refused with %s', async ([, options]) => {
    await expectRefused(() => sandbox.execute(anything(options)));
    await expectRefused(() => engine.run(anything(options)));
    expect((await collect(sandbox.executions({ limit: 5 }))).length).toBeLessThan(2);
  });

  it('of commands are refused with wrong options too', async () => {
    for (const command of [undefined, null, '', 1, 'a\0b', '\ud800']) {
      await expectRefused(() => sandbox.shell(anything(command)), 'command');
      await expectRefused(() => sandbox.spawn(anything(command)), 'command');
    }
    for (const options of [
      null,
      { stdin: 1 },
      { environment: { A: 1 } },
      { environment: { 'A=B': '1' } },
      { environment: JSON.parse('{"__proto__":"a"}') as unknown },
      { environment: { A: 'a\0b' } },
      { workingDirectory: 1 },
      { workingDirectory: '../up' },
      { workingDirectory: '/etc' },
      { cwd: '.' },
    ]) {
      await expectRefused(() => sandbox.shell('true', anything(options)));
      if (!options || !('stdin' in options)) {
        await expectRefused(() => sandbox.spawn('true', anything(options)));
      }
    }
  });

  it('are paged with whole numbers and ids only', async () => {
    for (const options of [null, { limit: -1 }, { limit: 1.5 }, { after: 5 }, { page: 1 }]) {
      await expectRefused(() => collect(sandbox.executions(anything(options))));
    }
  });
});

describe('files', () => {
  it('are refused with content and options of other types', async () => {
    const locked = new Blob(['x']).stream();
    locked.getReader();
    const contents = [undefined, null, 1, {}, [1], () => 'x', new Date(), locked];
    for (const content of [...contents, ReadableStream.from(['text'])]) {
      await expectRefused(() => sandbox.files.write('a', anything(content)), "'a'");
    }
    for (const options of [null, { recursive: 'yes' }, { deep: true }]) {
      await expectRefused(() => sandbox.files.list('', anything(options)), 'list');
    }
    expect(await sandbox.files.list()).toEqual([]);
  });
});

describe('what has a name elsewhere', () => {
  it('is said of an id for a run that leaves no record', async () => {
    const options = anything({ code: '1', executionId: 'once' });
    await expectRefused(() => engine.run(options), 'executionId');
  });
});

describe('afterwards', () => {
  it('nothing is left of all that was refused', async () => {
    expect(await sandbox.execute('6 * 7')).toMatchObject({ status: 'ok', leftovers: [] });
    await engine.close();
    await expectNothingLeft();
  });
});
