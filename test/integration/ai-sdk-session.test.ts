/**
 * `@belljar/ai-sdk/session` beside the AI SDK's own just-bash provider: the same calls, the same
 * answers. What that one does not have is checked against the interface's words.
 */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HarnessCapabilityUnsupportedError, type HarnessV1SandboxProvider } from '@ai-sdk/harness';
import { createJustBashSandbox } from '@ai-sdk/sandbox-just-bash';
import { type BelljarSandboxSession, createBelljarSandbox } from '@belljar/ai-sdk/session';
import type { Engine } from '@belljar/core';
import { generateText, isStepCount, tool } from 'ai';
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { readText } from '../helpers/collect.js';
import { plainPython, useEngines } from '../helpers/test-engine.js';
import { modelThatCalls, seenByModel } from './ai-sdk-model.js';

const open = useEngines();
let engine: Engine;
let session: BelljarSandboxSession;

beforeAll(async () => {
  engine = await open();
  session = await createBelljarSandbox({ engine }).createSession();
});

type Session = Awaited<ReturnType<HarnessV1SandboxProvider['createSession']>>;

/** What both implement. Each returns plain values, that do not name the base folder. */
const calls: Record<string, (one: Session) => PromiseLike<unknown>> = {
  'run prints and exits': (one) => one.run({ command: 'echo out; echo err >&2; exit 3' }),
  'run has the variables given': (one) =>
    one.run({ command: 'printf %s "$A"', env: { A: '$(id) \'"b"' } }),
  'write and read text': async (one) => {
    await one.writeTextFile({ path: 'new/folder/a.txt', content: 'one\ntwo\nthree\n' });
    return one.readTextFile({ path: 'new/folder/a.txt' });
  },
  'read lines 2 to 3': (one) =>
    one.readTextFile({ path: 'new/folder/a.txt', startLine: 2, endLine: 3 }),
  'read lines beyond the end': (one) =>
    one.readTextFile({ path: 'new/folder/a.txt', startLine: 3, endLine: 99 }),
  'a command sees a file, in a folder of the session': (one) =>
    one.run({
      command: 'cat a.txt',
      workingDirectory: `${one.defaultWorkingDirectory}/new/folder`,
    }),
  'a file is read by its absolute path': (one) =>
    one.readTextFile({ path: `${one.defaultWorkingDirectory}/new/folder/a.txt` }),
  'bytes come back': async (one) => {
    await one.writeBinaryFile({ path: 'b.bin', content: Uint8Array.of(0, 255, 10, 128) });
    return [...((await one.readBinaryFile({ path: 'b.bin' })) ?? [])];
  },
  'a stream is written and read': async (one) => {
    const content = new Blob(['stre', 'am']).stream();
    await one.writeFile({ path: 's.txt', content });
    const read = await one.readFile({ path: 's.txt' });
    return read && readText(read);
  },
  'text in another encoding': async (one) => {
    await one.writeTextFile({ path: 'l.txt', content: 'día', encoding: 'latin1' });
    return [...((await one.readBinaryFile({ path: 'l.txt' })) ?? [])];
  },
  'what is not there is null': (one) =>
    Promise.all([
      one.readFile({ path: 'nowhere' }),
      one.readBinaryFile({ path: 'no/where' }),
      one.readTextFile({ path: '/nowhere' }),
    ]),
  'a folder is no file': (one) => outcome(() => one.readBinaryFile({ path: 'new' })),
  'a spawned command streams and ends': async (one) => {
    const spawned = await one.spawn({ command: 'echo out; echo err >&2; exit 4' });
    const [stdout, stderr] = await Promise.all([
      readText(spawned.stdout),
      readText(spawned.stderr),
    ]);
    return { stdout, stderr, ...(await spawned.wait()) };
  },
  'what was aborted before does not run': (one) =>
    outcome(() => one.run({ command: 'true', abortSignal: AbortSignal.abort() })),
  'there are no ports': async (one) => [
    one.ports,
    await one
      .getPortEndpoint({ port: 80 })
      .then(String, (error) => HarnessCapabilityUnsupportedError.isInstance(error)),
  ],
};

async function outcome(call: () => PromiseLike<unknown>): Promise<string> {
  return Promise.resolve(call()).then(
    () => 'resolves',
    () => 'rejects',
  );
}

describe('the sessions of Belljar and just-bash', () => {
  let other: Session;
  beforeAll(async () => {
    other = await createJustBashSandbox().createSession();
  });

  it.for(Object.entries(calls))('answer the same: %s', async ([, call]) => {
    const expected = await call(other);
    expect(await call(session)).toEqual(expected);
  });
});

describe('a Belljar session', () => {
  it('has what just-bash lacks: stat, lists, deletion, standard input', async () => {
    await session.writeTextFile({ path: 'd/a', content: 'abc' });
    await session.run({ command: 'mkfifo d/pipe; ln -s a d/link; mkdir d/e' });
    expect(await session.stat({ path: 'd/a' })).toEqual({ type: 'file', size: 3 });
    expect(await session.stat({ path: 'd/link' })).toEqual({ type: 'file', size: 3 });
    expect(await session.stat({ path: 'd' })).toMatchObject({ type: 'directory' });
    expect(await session.stat({ path: 'd/pipe' })).toMatchObject({ type: 'other' });
    expect(await session.stat({ path: 'd/nowhere' })).toBeNull();
    expect(await session.listDirectory({ path: 'd' })).toEqual([
      { name: 'a', type: 'file' },
      { name: 'e', type: 'directory' },
      { name: 'link', type: 'symlink' },
      { name: 'pipe', type: 'other' },
    ]);
    expect(await session.listDirectory({ path: 'nowhere' })).toBeNull();
    expect(await outcome(() => session.listDirectory({ path: 'd/a' }))).toBe('rejects');
    expect(await outcome(() => session.writeTextFile({ path: 'd', content: '' }))).toBe('rejects');
    expect(await session.deleteFile({ path: 'd/link' })).toBe(true);
    expect(await session.deleteFile({ path: 'd/link' })).toBe(false);
    expect(await outcome(() => session.deleteFile({ path: 'd/e' }))).toBe('rejects');
    expect(await session.readTextFile({ path: 'd/a' })).toBe('abc');
    const upper = await session.spawn({ command: 'tr a-z A-Z', stdin: true });
    const writer = upper.stdin.getWriter();
    await writer.write(Buffer.from('quiet'));
    await writer.close();
    expect(await readText(upper.stdout)).toBe('QUIET');
    expect(await upper.wait()).toEqual({ exitCode: 0 });
  });

  it('reaches files outside the workspace and behind links, as its commands do', async () => {
    await session.run({ command: 'mkdir -p "$TMPDIR/t" && ln -s "$TMPDIR/t" outside' });
    const folder = (await session.run({ command: 'printf %s "$TMPDIR/t"' })).stdout;
    const content = Uint8Array.of(1, 0, 2);
    await session.writeBinaryFile({ path: `${folder}/new/$(x) b`, content });
    expect(await session.readBinaryFile({ path: 'outside/new/$(x) b' })).toEqual(
      Buffer.from(content),
    );
    expect(await session.stat({ path: 'outside/new' })).toMatchObject({ type: 'directory' });
    expect(await session.listDirectory({ path: `${folder}/new` })).toEqual([
      { name: '$(x) b', type: 'file' },
    ]);
    expect((await session.run({ command: 'pwd', workingDirectory: folder })).stdout).toBe(
      `${folder}\n`,
    );
    expect(await session.deleteFile({ path: 'outside/new/$(x) b' })).toBe(true);
    expect(await session.readFile({ path: 'outside/new/$(x) b' })).toBeNull();
    expect(await session.deleteFile({ path: 'outside' })).toBe(true);
  });

  it('ends a command at its abort, and at its time with the code of `timeout`', async () => {
    const controller = new AbortController();
    const abortSignal = controller.signal;
    const spawned = await session.spawn({ command: 'sleep 60', abortSignal });
    const running = session.run({ command: 'sleep 60', abortSignal });
    controller.abort(new Error('enough'));
    await expect(running).rejects.toThrow('enough');
    await expect(spawned.wait()).rejects.toThrow('enough');
    const provider = createBelljarSandbox({ engine, timeoutMs: 300 });
    const limited = await provider.createSession();
    const late = await limited.run({ command: 'echo begun; sleep 60' });
    expect(late).toMatchObject({ exitCode: 124, stdout: 'begun\n' });
    expect(late.stderr).toMatch(/timeout: what the command did was undone/);
    await limited.destroy();
  });

  it('is the sandbox that an AI SDK tool is given', async () => {
    const shell = tool({
      inputSchema: z.object({ command: z.string() }),
      execute: async ({ command }, { experimental_sandbox: sandbox }) =>
        (await sandbox?.run({ command }))?.stdout ?? 'no sandbox',
    });
    const model = modelThatCalls('shell', [{ command: 'echo $((6 * 7))' }]);
    const experimental_sandbox = session.restricted();
    await generateText({
      model,
      prompt: 'go',
      tools: { shell },
      stopWhen: isStepCount(2),
      experimental_sandbox,
    });
    expect(seenByModel(model).text).toBe('42\n');
    expect(Object.keys(experimental_sandbox)).not.toContain('destroy');
    expect(session.description).toContain('no network');
  });
});

describe('the provider', () => {
  it('finds a session by its id in another process of the same directory', async () => {
    const directory = join(mkdtempSync(join(tmpdir(), 'session-')), 'state');
    const python = { ...plainPython, poolSize: 0 };
    const first = await open({ directory, python });
    let prepared = 0;
    const onFirstCreate = async (one: { run(o: { command: string }): PromiseLike<unknown> }) => {
      prepared += 1;
      await one.run({ command: 'echo set up > ready' });
    };
    // As the harness types it: what is assigned here, a harness takes.
    const provider: HarnessV1SandboxProvider = createBelljarSandbox({ engine: first });
    const begun = await provider.createSession({ sessionId: 'chat / 1', onFirstCreate });
    const again = await provider.createSession({ sessionId: 'chat / 1', onFirstCreate });
    expect([prepared, again.id]).toEqual([1, begun.id]);
    await begun.stop();
    await begun.stop();
    expect(await outcome(() => begun.run({ command: 'true' }))).toBe('rejects');
    await first.close();

    const second = createBelljarSandbox({ engine: await open({ directory, python }) });
    const resumed = await second.resumeSession({ sessionId: 'chat / 1' });
    expect(resumed.id).toBe(begun.id);
    expect(await resumed.readTextFile({ path: 'ready' })).toBe('set up\n');
    await resumed.destroy();
    await resumed.destroy();
    const gone = second.resumeSession({ sessionId: 'chat / 1' });
    await expect(gone).rejects.toMatchObject({ code: 'SANDBOX_NOT_FOUND' });
  });

  it('leaves nothing of a sandbox that could not be prepared', async () => {
    const provider = createBelljarSandbox({ engine });
    const onFirstCreate = () => Promise.reject(new Error('no'));
    const failing = provider.createSession({ sessionId: 'failing', onFirstCreate });
    await expect(failing).rejects.toThrow('no');
    const resumed = provider.resumeSession({ sessionId: 'failing' });
    await expect(resumed).rejects.toMatchObject({ code: 'SANDBOX_NOT_FOUND' });
  });

  it('leaves the life of a sandbox that it was given to the caller', async () => {
    const sandbox = await engine.createSandbox();
    const given = await createBelljarSandbox({ sandbox }).createSession();
    await given.stop();
    await given.destroy();
    expect(await sandbox.execute('1')).toMatchObject({ status: 'ok' });
  });
});
