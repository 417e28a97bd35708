/** `sandbox.shell`: command lines in the workspace. */
import type { Sandbox } from '@belljar/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { collect } from '../helpers/collect.js';
import { isConfined } from '../helpers/level.js';
import { useSandboxes } from '../helpers/test-engine.js';

const create = useSandboxes();
let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await create();
});

describe('shell', () => {
  it('gives the exit code, and 128 + n for a signal', async () => {
    expect(await sandbox.shell('true')).toMatchObject({ status: 'ok', exitCode: 0 });
    expect(await sandbox.shell('exit 7')).toMatchObject({ status: 'error', exitCode: 7 });
    expect(await sandbox.shell('kill -TERM $$')).toMatchObject({ status: 'error', exitCode: 143 });
    expect(await sandbox.shell('no-such-command')).toMatchObject({ exitCode: 127 });
  });

  it('sends text or bytes to standard input, and nothing by default', async () => {
    expect(await sandbox.shell('cat', { stdin: 'día 😀' })).toMatchObject({ stdout: 'día 😀' });
    const bytes = await sandbox.shell('od -An -tx1', { stdin: new Uint8Array([0, 255]) });
    expect(bytes.stdout.trim()).toBe('00 ff');
    expect(await sandbox.shell('cat')).toMatchObject({ status: 'ok', stdout: '' });
    const large = await sandbox.shell('wc -c', { stdin: new Uint8Array(5_000_000) });
    expect(large.stdout.trim()).toBe('5000000');
  });

  it('refuses input that the workspace has no room for, instead of cutting it', async () => {
    const small = await create({ limits: { workspaceBytes: 1024 * 1024 } });
    const stdin = new Uint8Array(2 * 1024 * 1024);
    await expect(small.shell('wc -c', { stdin })).rejects.toMatchObject({ code: 'FILES_LIMIT' });
    expect(await small.shell('echo still here')).toMatchObject({ stdout: 'still here\n' });
  });

  it('runs in the folder and with the variables that it is given', async () => {
    await sandbox.files.makeDirectory('sub/folder');
    const result = await sandbox.shell('pwd; echo "$GREETING"; echo "$HOME"', {
      workingDirectory: 'sub/folder',
      environment: { GREETING: 'hello $PATH `id` "x"' },
    });
    const [folder, greeting, home] = result.stdout.split('\n');
    expect(folder).toMatch(isConfined ? /\/workspace\/sub\/folder$/ : /^\/workspace\/sub\/folder$/);
    expect(greeting).toBe('hello $PATH `id` "x"');
    expect(home).toMatch(isConfined ? /\/tmp$/ : /^\/tmp$/);
  });

  it('says that a folder is not there', async () => {
    const result = await sandbox.shell('pwd', { workingDirectory: 'nope' });
    expect(result).toMatchObject({ status: 'error', stdout: '' });
    expect(result.stderr).toContain("'nope'");
  });

  it('streams, lists changed files, and shares the workspace with the code', async () => {
    const pieces: string[] = [];
    const result = await sandbox.shell('echo one; echo two > from-shell.txt; echo err >&2', {
      onStdout: (text) => pieces.push(text),
      onStderr: (text) => pieces.push(text),
    });
    expect(pieces.sort()).toEqual(['err\n', 'one\n']);
    expect(result.files).toMatchObject([{ name: 'from-shell.txt', change: 'created' }]);
    expect(await sandbox.execute('open("from-shell.txt").read()')).toMatchObject({
      result: { 'text/plain': "'two\\n'" },
    });
  });

  it('leaves the memory of the code alone', async () => {
    await sandbox.execute('kept = 1');
    await sandbox.shell('kill -9 -1; exit 1');
    expect(await sandbox.execute('kept')).toMatchObject({ result: { 'text/plain': '1' } });
  });

  it('ends at its time, when it is cancelled, and with all that it started', async () => {
    const late = await sandbox.shell('sleep 100 & sleep 100', { timeoutMs: 100 });
    expect(late).toMatchObject({ status: 'timeout', exitCode: 137 });
    const controller = new AbortController();
    const cancelled = await sandbox.shell('echo up; sleep 100', {
      signal: controller.signal,
      onStdout: () => controller.abort(),
    });
    expect(cancelled).toMatchObject({ status: 'cancelled', stdout: 'up\n' });
    // What still ran would be a left-over process of this one.
    expect(await sandbox.shell('true')).toMatchObject({ status: 'ok', leftovers: [] });
  });

  it('names what the command left running', async () => {
    const result = await sandbox.shell(`
mkfifo "$TMPDIR/up" "$TMPDIR/never"
sh -c 'echo > "$TMPDIR/up"; read line < "$TMPDIR/never"' >/dev/null 2>&1 &
read line < "$TMPDIR/up"`);
    expect(result).toMatchObject({
      status: 'ok',
      leftovers: [{ command: expect.stringMatching(/^sh -c echo >/) }],
    });
  });

  it('is in the journal, and runs once for one id', async () => {
    const request = { executionId: 'append' };
    const own = await create();
    const first = await own.shell('echo x >> log; cat log', request);
    const second = await own.shell('echo x >> log; cat log', request);
    expect([first.stdout, second.stdout, second.exitCode]).toEqual(['x\n', 'x\n', 0]);
    const other = own.shell('echo x >> log; cat log', { ...request, stdin: 'other' });
    await expect(other).rejects.toMatchObject({ code: 'EXECUTION_CONFLICT' });
    expect(await collect(own.executions())).toMatchObject([{ id: 'append', kind: 'shell' }]);
  });

  it('keeps to the sandbox’s output limit', async () => {
    const small = await create({ limits: { outputBytes: 1_000 } });
    const result = await small.shell('yes | head -c 100000');
    expect(result.truncated).toBe(true);
    expect(result.stdout.length).toBeLessThan(1_100);
  });
});
