/** `execute`, `executions`, `stop`, `start`: calls on a sandbox that other processes made. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { useCli } from '../helpers/cli.js';

const cli = useCli();

const create = async (): Promise<string> => (await cli.run(['create'])).stdout.trim();
const execute = (id: string, input: string, ...args: string[]) =>
  cli.run(['execute', id, '-', ...args], { input });
const executions = async (id: string, ...args: string[]) =>
  JSON.parse((await cli.run(['executions', id, ...args])).stdout).executions;

describe('belljar execute', () => {
  it('runs code as run does: output, result, files in and out, exit status', async () => {
    const id = await create();
    cli.write('in.csv', '1,2\n');
    cli.write('copy.py', 'open("out.txt", "w").write(open("in.csv").read())');
    const ran = await cli.run(['execute', id, 'copy.py', '--file', 'in.csv']);
    expect(ran).toMatchObject({ status: 0, stdout: '4\n' });
    expect(ran.stderr).toContain('saved belljar-out/out.txt');
    expect(readFileSync(join(cli.folder, 'belljar-out/out.txt'), 'utf8')).toBe('1,2\n');
    const raised = await execute(id, 'print("so far")\n1 / 0', '--no-save');
    expect(raised).toMatchObject({ status: 1, stdout: 'so far\n' });
    expect(raised.stderr).toContain('ZeroDivisionError');
    expect((await execute(id, 'while True: pass', '--timeout', '300ms')).status).toBe(124);
  });

  it('runs an execution id once, and shows again what it printed', async () => {
    const id = await create();
    const once = ['--execution-id', 'step-1', '--no-save'];
    const code = 'import os\nprint("p")\nos.urandom(4).hex()';
    const first = await execute(id, code, ...once);
    expect(first).toMatchObject({ status: 0, stdout: expect.stringMatching(/^p\n'\w{8}'\n$/) });
    expect((await execute(id, code, ...once)).stdout).toBe(first.stdout);
    expect(await execute(id, '2', ...once)).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('EXECUTION_CONFLICT: '),
    });
  });

  it('gives 4 for an id that is not there, and for another owner’s', async () => {
    const id = await create();
    expect(await execute('no-such-id', '1')).toMatchObject({ status: 4, stdout: '' });
    expect(await execute(id, '1', '--owner', 'eve')).toMatchObject({ status: 4, stdout: '' });
    expect(await execute(id, '1')).toMatchObject({ status: 0, stdout: '1\n' });
  });
});

describe('code that is ended', () => {
  it('by Ctrl-C or its time leaves the sandbox as it was before, and says so', async () => {
    const id = await create();
    await execute(id, 'x = 1');
    const endless =
      'x = 2\nopen("half", "w").write("x")\nprint("up", flush=True)\nwhile True: pass';
    const running = cli.start(['execute', id, '-', '--no-save']);
    running.child.stdin.end(endless);
    await running.shown('up');
    running.signalGroup('SIGINT');
    expect(await running.result).toMatchObject({ status: 130, stdout: 'up\n' });
    const late = await execute(id, endless, '--timeout', '300ms', '--json', '--no-save');
    expect(late.status).toBe(124);
    expect(JSON.parse(late.stdout)).toMatchObject({ status: 'timeout', rolledBack: true });
    expect(await execute(id, 'import os\nx, os.listdir()')).toMatchObject({ stdout: '(1, [])\n' });
    expect(await executions(id)).toMatchObject([
      { status: 'ok' },
      { status: 'cancelled' },
      { status: 'timeout' },
      { status: 'ok' },
    ]);
  });
});

describe('belljar executions', () => {
  it('lists what ran, with a table that no code speaks through', async () => {
    const id = await create();
    await execute(id, 'x = 1', '--execution-id', 'a');
    await execute(id, '# \u001b[2J\nraise ValueError', '--execution-id', 'b');
    const entries = await executions(id);
    expect(entries).toMatchObject([
      { id: 'a', kind: 'execute', status: 'ok', code: 'x = 1', files: [] },
      { id: 'b', kind: 'execute', status: 'error' },
    ]);
    expect(await executions(id, '--limit', '1')).toMatchObject([{ id: 'a' }]);
    expect(await executions(id, '--after', 'a')).toMatchObject([{ id: 'b' }]);
    const { stdout } = await cli.run(['executions', id, '--table']);
    expect(stdout).toMatch(/\nb +execute +error .* # \\x1b\[2J …\n$/);
    const unknown = await cli.run(['executions', id, '--after', 'c']);
    expect(unknown).toMatchObject({ status: 2, stderr: expect.stringContaining("'c'") });
  });
});

describe('belljar stop and start', () => {
  it('keep a sandbox from running, and let it run again', async () => {
    const id = await create();
    await execute(id, 'x = 1');
    expect(await cli.run(['stop', id])).toEqual({ status: 0, stdout: '', stderr: '' });
    expect(JSON.parse((await cli.run(['get', id])).stdout)).toMatchObject({ state: 'stopped' });
    expect(await execute(id, '1')).toMatchObject({
      status: 125,
      stderr: expect.stringContaining('SANDBOX_STOPPED: '),
    });
    const { stdout } = await cli.run(['start', id, '--json']);
    expect(JSON.parse(stdout)).toMatchObject({ id, state: 'running' });
    expect(await execute(id, '1')).toMatchObject({ status: 0, stdout: '1\n' });
  });
});
