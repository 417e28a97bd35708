/** What every engine does, in whatever language its sandboxes run. `describeEngine` is the suite. */
import { type Engine, type Execution, MAX_TTL_MS, type Sandbox } from '@belljar/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { collect, readText, sha256 } from '../helpers/collect.js';
import { verifies } from '../helpers/verifies.js';
import { type EngineCapabilities, plain, refusal, runForever } from './engine-capabilities.js';

type Create = () => Promise<Engine>;

export function describeEngine(
  name: string,
  create: Create,
  capabilities: EngineCapabilities,
): void {
  describe(`engine: ${name}`, () => {
    let engine: Engine;
    beforeAll(async () => {
      engine = await create();
    });
    afterAll(() => engine.close());
    const make = () => engine.createSandbox({ language: capabilities.language });
    describe('sandboxes', () => describeSandboxes(() => engine, capabilities));
    describe('executions', () => describeExecutions(make, capabilities));
    describe('order', () => describeOrder(make, capabilities));
    describe('execution ids', () => describeExecutionIds(make, capabilities));
    describe('ends', () => describeEnds(make, capabilities));
    describe('files', () => describeFiles(make, capabilities));
    describe('journal', () => describeJournal(make, capabilities));
    describe('shell', () => describeShell(make, capabilities));
    describe('close', () => describeClose(create, capabilities));
  });
}

function describeSandboxes(engine: () => Engine, { language, programs }: EngineCapabilities): void {
  it('says of a new sandbox what was asked for and when it expires', async () => {
    const asked = { language, displayName: 'report', labels: { team: 'a' }, ttlMs: 60_000 };
    const { info, id } = await engine().createSandbox(asked);
    expect(info).toMatchObject({
      id,
      language,
      displayName: 'report',
      labels: { team: 'a' },
      state: 'running',
      resident: true,
      survival: undefined,
    });
    expect(Date.parse(info.expireTime) - Date.parse(info.createTime)).toBe(60_000);
    const byDefault = await engine().createSandbox({ language });
    const { createTime, expireTime } = byDefault.info;
    expect(Date.parse(expireTime) - Date.parse(createTime)).toBe(MAX_TTL_MS);
  });

  it('gets a sandbox by its id, with the memory it has', async () => {
    const sandbox = await engine().createSandbox({ language });
    await sandbox.execute(programs.define);
    const again = await engine().getSandbox(sandbox.id);
    expect(plain(await again.execute(programs.increment))).toBe('42');
  });

  it('opens one sandbox for many calls at once with one key', async () => {
    const key = 'conversation 1';
    const calls = Array.from({ length: 20 }, () => engine().openSandbox({ language, key }));
    const opened = await Promise.all(calls);
    expect(new Set(opened.map(({ id }) => id)).size).toBe(1);
    await opened[0]?.execute(programs.define);
    expect(plain((await opened[19]?.execute(programs.increment)) as Execution)).toBe('42');
  });

  it('deletes a sandbox, and knows its id no more', async () => {
    const sandbox = await engine().createSandbox({ language });
    await engine().deleteSandbox(sandbox.id);
    for (const call of [
      engine().getSandbox(sandbox.id),
      engine().deleteSandbox(sandbox.id),
      sandbox.execute(programs.define),
      sandbox.files.list(),
      sandbox.variables(),
      collect(sandbox.executions()),
      sandbox.stop(),
      sandbox.start(),
    ]) {
      await expect(call).rejects.toMatchObject(refusal('SANDBOX_NOT_FOUND'));
    }
  });

  it('runs once in a sandbox that is gone afterwards', async () => {
    const before = await engine().listSandboxes();
    const code = programs.writeFile('a.txt', 'hi');
    const execution = await engine().run({ language, code });
    expect(execution).toMatchObject({ status: 'ok', files: [{ name: 'a.txt' }] });
    expect(Buffer.from((await execution.files[0]?.bytes()) ?? []).toString()).toBe('hi');
    expect(await engine().listSandboxes()).toEqual(before);
  });
}

function describeExecutions(make: () => Promise<Sandbox>, { programs }: EngineCapabilities): void {
  it('gives the value of the last expression and keeps variables', async () => {
    const sandbox = await make();
    expect(await sandbox.execute(programs.define)).toMatchObject({
      status: 'ok',
      error: undefined,
    });
    expect(plain(await sandbox.execute(programs.increment))).toBe('42');
    expect(await sandbox.variables()).toMatchObject([{ name: 'x', preview: '42' }]);
  });

  it('gives what was printed, also piece by piece', async () => {
    const pieces: string[] = [];
    const execution = await (await make()).execute({
      code: programs.print('día 😀'),
      onStdout: (text) => pieces.push(text),
    });
    expect(execution).toMatchObject({
      stdout: 'día 😀\n',
      stderr: '',
      truncated: false,
      outputs: [{ type: 'stdout', text: 'día 😀\n' }],
    });
    expect(pieces.join('')).toBe('día 😀\n');
  });

  it('gives displays in order with what is printed', async () => {
    const parts = [programs.print('a'), programs.display('b'), programs.print('c')];
    const execution = await (await make()).execute(parts.join('\n'));
    expect(execution.outputs.map(({ type }) => type)).toEqual(['stdout', 'display', 'stdout']);
    expect(execution.outputs[1]).toEqual({ type: 'display', data: execution.displays[0] });
  });

  it('gives an exception as a result and keeps the state', async () => {
    const sandbox = await make();
    await sandbox.execute(programs.define);
    const execution = await sandbox.execute(programs.raise('no such row'));
    expect(execution).toMatchObject({ status: 'error', error: { message: 'no such row' } });
    expect(execution.error?.traceback).toContain('no such row');
    expect(plain(await sandbox.execute(programs.lookUp))).toBe('41');
  });

  it('says what was used and what held it', async () => {
    const { usage, isolation, id } = await (await make()).execute(programs.define);
    expect(id).toMatch(/./);
    expect(usage.wallMs).toBeGreaterThan(0);
    expect(isolation.level).toMatch(/^(namespaces|confined|process)$/);
    expect(isolation.layers.length).toBeGreaterThan(0);
  });
}

function describeOrder(make: () => Promise<Sandbox>, capabilities: EngineCapabilities): void {
  const { programs } = capabilities;

  it('runs the executions of a sandbox in the order of the calls', async () => {
    const sandbox = await make();
    const content = new ReadableStream<Uint8Array>({
      async pull(controller) {
        await new Promise(setImmediate);
        controller.enqueue(Buffer.from('slow to come'));
        controller.close();
      },
    });
    const calls = [
      sandbox.execute({ code: programs.define, files: [{ name: 'in.txt', content }] }),
      ...Array.from({ length: 10 }, () => sandbox.execute(programs.increment)),
    ];
    const values = (await Promise.all(calls)).slice(1).map(plain);
    expect(values).toEqual(Array.from({ length: 10 }, (_, index) => String(42 + index)));
  });

  it('runs executions of different sandboxes at the same time', async () => {
    const [first, second] = await Promise.all([make(), make()]);
    const held = await runForever(first, capabilities);
    expect(await second.execute(programs.define)).toMatchObject({ status: 'ok' });
    held.abort();
    expect(await held.execution).toMatchObject({ status: 'cancelled', stdout: 'running\n' });
  });
}

function describeExecutionIds(
  make: () => Promise<Sandbox>,
  { programs }: EngineCapabilities,
): void {
  verifies(
    'execution.exactly-once',
    'an id runs once, and then gives what is recorded',
    async () => {
      const sandbox = await make();
      await sandbox.execute(programs.define);
      const request = { executionId: 'add', code: programs.increment };
      const [first, second] = await Promise.all([
        sandbox.execute(request),
        sandbox.execute(request),
      ]);
      expect(JSON.stringify(second)).toBe(JSON.stringify(first));
      expect(plain(await sandbox.execute(request))).toBe('42');
      expect(plain(await sandbox.execute(programs.lookUp))).toBe('42');
      const other = sandbox.execute({ ...request, code: programs.define });
      await expect(other).rejects.toMatchObject(refusal('EXECUTION_CONFLICT'));
    },
  );
}

function describeEnds(make: () => Promise<Sandbox>, capabilities: EngineCapabilities): void {
  const { programs } = capabilities;

  it('ends at its time and keeps what was printed', async () => {
    const execution = await (await make()).execute({ code: programs.forever, timeoutMs: 200 });
    expect(execution).toMatchObject({ status: 'timeout', stdout: 'running\n' });
    expect(execution.usage.wallMs).toBeGreaterThanOrEqual(200);
  });

  it('rejects on a signal that was aborted before, and runs nothing', async () => {
    const sandbox = await make();
    const request = { code: programs.define, signal: AbortSignal.abort() };
    await expect(sandbox.execute(request)).rejects.toMatchObject({ name: 'AbortError' });
    expect(await sandbox.variables()).toEqual([]);
    expect(await collect(sandbox.executions())).toEqual([]);
  });

  it('does not run what is cancelled while it waits its turn', async () => {
    const sandbox = await make();
    const held = await runForever(sandbox, capabilities);
    const controller = new AbortController();
    const waiting = sandbox.execute({ code: programs.define, signal: controller.signal });
    controller.abort();
    held.abort();
    expect(await waiting).toMatchObject({ status: 'cancelled', usage: { wallMs: 0 } });
    expect(await sandbox.variables()).toEqual([]);
  });

  const { crash } = programs;
  if (crash === undefined) return;
  it('goes on after a crash, and says what is lost', async () => {
    const sandbox = await make();
    await sandbox.execute(programs.define);
    const crashed = await sandbox.execute(crash);
    expect(crashed.status).toBe('crashed');
    expect(crashed.survival?.lost).not.toEqual([]);
    expect(await sandbox.execute(programs.define)).toMatchObject({
      status: 'ok',
      survival: undefined,
    });
  });
}

function describeFiles(make: () => Promise<Sandbox>, { programs }: EngineCapabilities): void {
  it('takes files in and gives those that changed, with their content as it was', async () => {
    const sandbox = await make();
    const files = [{ name: 'in/a.csv', content: 'a,b\n' }];
    const read = await sandbox.execute({ code: programs.readFile('in/a.csv'), files });
    expect(read).toMatchObject({ stdout: 'a,b\n', files: [] });
    const { files: created } = await sandbox.execute(programs.writeFile('out.csv', 'one'));
    const { files: changed } = await sandbox.execute(programs.writeFile('out.csv', 'other'));
    const { files: removed } = await sandbox.execute(programs.removeFile('out.csv'));
    const named = { name: 'out.csv', mimeType: 'text/csv' };
    expect(created).toMatchObject([{ ...named, change: 'created', sha256: sha256('one') }]);
    expect(changed).toMatchObject([{ ...named, change: 'changed', sizeBytes: 5 }]);
    expect(removed).toMatchObject([{ ...named, change: 'removed', sizeBytes: 0, sha256: '' }]);
    expect(await readText(created[0]?.stream() as ReadableStream)).toBe('one');
    await expect(removed[0]?.bytes()).rejects.toMatchObject(refusal('INVALID_ARGUMENT'));
  });

  it('writes, reads, lists, renames and removes files', async () => {
    const { files } = await make();
    await files.write('folder/a.txt', 'text');
    await files.rename('folder/a.txt', 'b.txt');
    expect(Buffer.from(await files.read('b.txt')).toString()).toBe('text');
    expect(await files.list()).toMatchObject([
      { name: 'b.txt', type: 'file', sizeBytes: 4 },
      { name: 'folder', type: 'directory' },
    ]);
    expect([await files.remove('folder'), await files.remove('folder')]).toEqual([true, false]);
    expect(await files.stat('folder')).toBeNull();
  });
}

function describeJournal(make: () => Promise<Sandbox>, { programs }: EngineCapabilities): void {
  it('lists what ran, oldest first, from any place', async () => {
    const sandbox = await make();
    await sandbox.execute({ code: programs.define, executionId: 'a' });
    await sandbox.execute({ code: programs.raise('x'), executionId: 'b' });
    await sandbox.execute({ code: programs.writeFile('o.txt', 'o'), executionId: 'c' });
    const entries = await collect(sandbox.executions());
    expect(entries.map(({ id, status, kind }) => [id, status, kind])).toEqual([
      ['a', 'ok', 'execute'],
      ['b', 'error', 'execute'],
      ['c', 'ok', 'execute'],
    ]);
    expect(entries[2]?.files).toMatchObject([{ name: 'o.txt', sha256: sha256('o') }]);
    const rest = await collect(sandbox.executions({ after: 'a', limit: 1 }));
    expect(rest.map(({ id }) => id)).toEqual(['b']);
  });
}

function describeShell(make: () => Promise<Sandbox>, { shell }: EngineCapabilities): void {
  if (!shell) {
    it('refuses commands with a sentence', async () => {
      const sandbox = await make();
      for (const call of [sandbox.shell('true'), sandbox.spawn('true')]) {
        const refused = {
          ...refusal('INVALID_ARGUMENT'),
          suggestion: expect.stringContaining('python'),
        };
        await expect(call).rejects.toMatchObject(refused);
      }
    });
    return;
  }
  it('runs a command in the workspace', async () => {
    const sandbox = await make();
    await sandbox.files.write('a.txt', 'in the workspace');
    const result = await sandbox.shell('cat a.txt; echo no >&2; exit 3');
    expect(result).toMatchObject({
      status: 'error',
      exitCode: 3,
      stdout: 'in the workspace',
      stderr: 'no\n',
    });
  });
}

function describeClose(create: Create, capabilities: EngineCapabilities): void {
  it('closes once, ends what runs, and refuses what comes', async () => {
    const engine = await create();
    const sandbox = await engine.createSandbox({ language: capabilities.language });
    const held = await runForever(sandbox, capabilities);
    const waiting = sandbox.execute(capabilities.programs.define);
    const ended = Promise.allSettled([held.execution, waiting]);
    await Promise.all([engine.close(), engine.close()]);
    await engine.close();
    const closed = { status: 'rejected', reason: refusal('ENGINE_CLOSED') };
    expect(await ended).toMatchObject([closed, closed]);
    for (const call of [engine.createSandbox(), engine.listSandboxes(), sandbox.variables()]) {
      await expect(call).rejects.toMatchObject(refusal('ENGINE_CLOSED'));
    }
  });
}
