/** The command line beside a process that has the sandbox in memory. */
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { type EngineProcess, line, lineThat, startEngine } from '../attacks/run-engine.js';
import { type CliResult, useCli } from '../helpers/cli.js';

const cli = useCli();
const started: EngineProcess[] = [];

afterAll(() => {
  for (const first of started) first.kill('SIGKILL');
});

/** Has a sandbox in which x is 2, keeps it in memory, and says what `x` is when it is signalled. */
const program = (directory: string, then: string): string => `
  import { createEngine } from '@belljar/core';
  const python = { preload: [], poolSize: 0 };
  const engine = await createEngine({ directory: ${JSON.stringify(directory)}, python });
  const sandbox = await engine.createSandbox({ displayName: 'shared' });
  await sandbox.execute({ executionId: 'one', code: 'x = 1' });
  await sandbox.execute({ executionId: 'two', code: 'x = 2' });
  let calls = 0;
  process.on('SIGUSR2', async () => {
    calls += 1;
    const said = await sandbox.execute('x').then(
      ({ result, survival }) => result['text/plain'] + (survival ? ', not all of it' : ''),
      ({ code }) => code,
    );
    console.log('SAID ' + calls + ' ' + said);
    console.log('CALLED ' + calls);
  });
  setInterval(() => {}, 1_000);
  console.log('ID ' + sandbox.id);
  ${then};
  console.log('READY');`;

interface First {
  process: EngineProcess;
  id: string;
  /** What the first process's next call gives: the value of `x`, or a code. */
  next(): Promise<string>;
  /** A command of the second process, in the same directory. */
  belljar(...args: string[]): Promise<CliResult>;
  /** `belljar execute`, in the same sandbox or another one. */
  execute(code: string, id?: string): Promise<CliResult>;
}

async function startFirst(name: string, then = ''): Promise<First> {
  const process = startEngine(program(join(cli.folder, name), then));
  started.push(process);
  await line(process, 'READY');
  const id = lineThat(process, /^ID /).slice(3);
  let calls = 0;
  return {
    process,
    id,
    next: async () => {
      calls += 1;
      process.kill('SIGUSR2');
      await line(process, `CALLED ${calls}`);
      return lineThat(process, new RegExp(`^SAID ${calls} `)).slice(`SAID ${calls} `.length);
    },
    belljar: (...args) => cli.run([...args, '--directory', name]),
    execute: (code, of = id) => {
      return cli.run(['execute', of, '-', '--directory', name], { input: code });
    },
  };
}

const done = { status: 0, stderr: '' };

describe('beside a process that has a sandbox in memory, idle', () => {
  it('lists and shows it, and lets that process have it', async () => {
    const { id, next, belljar } = await startFirst('shown');
    const { sandboxes } = JSON.parse((await belljar('list')).stdout);
    expect(sandboxes).toMatchObject([{ id, displayName: 'shared', state: 'running' }]);
    expect(JSON.parse((await belljar('get', id)).stdout)).toMatchObject({ id, resident: false });
    const { executions } = JSON.parse((await belljar('executions', id)).stdout);
    expect(executions.map((one: { id: string }) => one.id)).toEqual(['one', 'two']);
    expect(await next()).toBe('2');
  });

  it('forks it: the fork has the memory, and goes its own way', async () => {
    const { id, next, belljar, execute } = await startFirst('forked');
    const forked = await belljar('fork', id, '--display-name', 'other');
    expect(forked).toMatchObject(done);
    const fork = forked.stdout.trim();
    expect(fork).not.toBe(id);
    expect(await execute('x += 40\nx', fork)).toMatchObject({ stdout: '42\n' });
    expect(await next()).toBe('2');
    expect(await belljar('delete', fork)).toMatchObject(done);
    expect(await belljar('get', fork)).toMatchObject({ status: 4 });
    expect(await next()).toBe('2');
  });

  it('rolls it back: the other process wakes it as it was then', async () => {
    const { id, next, belljar } = await startFirst('rolled');
    expect(await belljar('rollback', id, 'one')).toMatchObject({ ...done, stdout: '' });
    expect(await next()).toBe('1');
    const { executions } = JSON.parse((await belljar('executions', id)).stdout);
    expect(executions).toMatchObject([{ id: 'one' }, { id: 'two', undone: true }, { code: 'x' }]);
    expect(executions[0].undone).toBeUndefined();
    expect((await belljar('executions', id, '--table')).stdout).toMatch(/\ntwo .* ok, undone /);
    expect(await belljar('rollback', id, 'no-such-one')).toMatchObject({ status: 2 });
  });

  it('executes in it: the other process sees what came of it', async () => {
    const { next, execute } = await startFirst('executed');
    expect(await execute('x *= 10\nx')).toMatchObject({ stdout: '20\n' });
    expect(await next()).toBe('20');
    expect(await execute('x')).toMatchObject({ stdout: '20\n' });
  });

  it('stops, starts and deletes it: the other process is told so', async () => {
    const { id, next, belljar } = await startFirst('stopped');
    expect(await belljar('stop', id)).toMatchObject(done);
    expect(await next()).toBe('SANDBOX_STOPPED');
    expect(await belljar('start', id)).toMatchObject(done);
    expect(await next()).toBe('2');
    expect(await belljar('delete', id)).toMatchObject(done);
    expect(await next()).toBe('SANDBOX_NOT_FOUND');
  });
});

describe('beside a process whose sandbox is busy', () => {
  const busy = `sandbox.execute({
    code: 'import time\\nprint("up", flush=True)\\ntime.sleep(1000)', timeoutMs: 900_000,
    onStdout: () => console.log('RUNS'),
  })`;

  it('is told who has it, until that one is killed', async () => {
    const { id, process, belljar, execute } = await startFirst('busy', busy);
    await line(process, 'RUNS');
    const sentence = new RegExp(`^belljar: SANDBOX_HELD: [^\\n]*\\b${process.pid}\\b[^\\n]*\\n$`);
    const held = { status: 125, stdout: '', stderr: expect.stringMatching(sentence) };
    expect(await execute('x')).toEqual(held);
    expect(await belljar('fork', id)).toEqual(held);
    expect(await belljar('get', id)).toMatchObject(done);
    process.kill('SIGKILL');
    expect(await execute('x')).toMatchObject({ stdout: '2\n' });
  }, 120_000);
});
