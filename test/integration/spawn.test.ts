/** `sandbox.spawn`: commands beside the executions. */
import type { Sandbox } from '@belljar/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { readText } from '../helpers/collect.js';
import { isConfined } from '../helpers/level.js';
import { useSandboxes } from '../helpers/test-engine.js';

const create = useSandboxes();
let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await create();
});

describe('spawn', () => {
  it('streams both ways while executions run', async () => {
    const command = await sandbox.spawn('while read line; do echo "<$line>"; done; echo bye >&2');
    expect(command.pid).toBeGreaterThan(1);
    const writer = command.stdin.getWriter();
    const reader = command.stdout.getReader();
    for (const word of ['one', 'día']) {
      await writer.write(Buffer.from(`${word}\n`));
      expect(await sandbox.execute('1')).toMatchObject({ status: 'ok', leftovers: [] });
      const { value } = await reader.read();
      expect(Buffer.from(value ?? []).toString()).toBe(`<${word}>\n`);
    }
    await writer.close();
    expect(await command.wait()).toEqual({ exitCode: 0, signal: null });
    expect(await readText(command.stderr)).toBe('bye\n');
    expect(await reader.read()).toMatchObject({ done: true });
  });

  it('is ended by kill, with all that it started, any number of times', async () => {
    const command = await sandbox.spawn('sleep 1000 & echo up; sleep 1000');
    await command.stdout.getReader().read();
    await Promise.all([command.kill(), command.kill()]);
    await command.kill();
    expect(await command.wait()).toEqual({ exitCode: null, signal: 9 });
    expect(await sandbox.execute('1')).toMatchObject({ leftovers: [] });
  });

  it('is let alone by executions and ended by kill from its first moment on', async () => {
    for (let index = 0; index < 50; index += 1) {
      const starting = sandbox.spawn('sleep 1000');
      const [command, execution] = await Promise.all([starting, sandbox.execute('1')]);
      expect(execution.leftovers).toEqual([]);
      const other = await sandbox.spawn('sleep 1000');
      await Promise.all([command.kill(), other.kill()]);
    }
  });

  it('is ended by its signal', async () => {
    const controller = new AbortController();
    const command = await sandbox.spawn('sleep 1000', { signal: controller.signal });
    controller.abort();
    expect(await command.wait()).toEqual({ exitCode: null, signal: 9 });
    const refused = sandbox.spawn('true', { signal: AbortSignal.abort() });
    await expect(refused).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('waits while nobody reads what it prints', async () => {
    const command = await sandbox.spawn('head -c 30000000 /dev/zero; touch $TMPDIR/printed');
    const reader = command.stdout.getReader();
    let size = (await reader.read()).value?.length ?? 0;
    const code = 'import os; os.path.exists(os.environ["TMPDIR"] + "/printed")';
    expect(await sandbox.execute(code)).toMatchObject({ result: { 'text/plain': 'False' } });
    reader.releaseLock();
    for await (const chunk of command.stdout) size += chunk.length;
    expect(size).toBe(30_000_000);
    expect(await command.wait()).toEqual({ exitCode: 0, signal: null });
  });

  it('waits for the one stream while the other is read', async () => {
    const command = await sandbox.spawn(
      'head -c 5000000 /dev/zero >&2; echo done; touch $TMPDIR/both',
    );
    const stdout = readText(command.stdout);
    expect(await sandbox.execute('os.path.exists(os.environ["TMPDIR"] + "/both")')).toMatchObject({
      result: { 'text/plain': 'False' },
    });
    expect((await readText(command.stderr)).length).toBe(5_000_000);
    expect(await stdout).toBe('done\n');
  });

  it('takes input no faster than the command reads it', async () => {
    const command = await sandbox.spawn('read line; wc -c');
    const writer = command.stdin.getWriter();
    await writer.write(Buffer.from('go\n'));
    for (let index = 0; index < 20; index += 1) await writer.write(new Uint8Array(100_000));
    await writer.close();
    expect((await readText(command.stdout)).trim()).toBe('2000000');
  });

  it('lets input be written that its command does not want any more', async () => {
    const command = await sandbox.spawn('true');
    await command.wait();
    const writer = command.stdin.getWriter();
    await writer.write(Buffer.from('too late'));
    await writer.close();
    const deaf = await sandbox.spawn('exec <&-; echo deaf; exec cat /dev/zero >/dev/null');
    await deaf.stdout.getReader().read();
    await deaf.stdin.getWriter().write(new Uint8Array(500_000));
    await deaf.kill();
  });

  // At `confined` the code cannot ask for it: it does not know its keeper.
  if (!isConfined) {
    it('costs no processor time when it has closed its output', async () => {
      const own = await create();
      const command = await own.spawn('exec >&- 2>&-; read line');
      // Twice: while anybody polled the closed pipes, the keeper would have used all of this time.
      const code = `
import time
def used():
    with open('/proc/1/stat') as stat:
        fields = stat.read().rpartition(')')[2].split()
    return int(fields[11]) + int(fields[12])
before = used()
time.sleep(0.3)
used() - before`;
      const { result, error } = await own.execute(code);
      expect(error).toBeUndefined();
      expect(Number(result?.['text/plain'])).toBeLessThan(10);
      await command.kill();
    });
  }

  it('ends with its sandbox', async () => {
    const own = await create();
    const command = await own.spawn('sleep 1000');
    await own.stop();
    expect(await command.wait()).toEqual({ exitCode: null, signal: 9 });
    expect(await readText(command.stdout)).toBe('');
  });

  it('has the folder and the variables that it is given', async () => {
    await sandbox.files.makeDirectory('place');
    const command = await sandbox.spawn('pwd; echo $A', {
      workingDirectory: 'place',
      environment: { A: '1' },
    });
    expect(await readText(command.stdout)).toMatch(
      isConfined ? /\/workspace\/place\n1\n$/ : /^\/workspace\/place\n1\n$/,
    );
  });
});
