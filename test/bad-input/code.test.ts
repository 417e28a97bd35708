/** Code that is too long, or that is no text; floods of output. */
import type { Engine, Sandbox } from '@belljar/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { collect } from '../helpers/collect.js';
import { useEngines } from '../helpers/test-engine.js';

const open = useEngines();
let engine: Engine;
let sandbox: Sandbox;

beforeAll(async () => {
  engine = await open();
  sandbox = await engine.createSandbox();
});

const refused = { name: 'BelljarError', code: 'INVALID_ARGUMENT' };

describe('code of 10 MB', () => {
  const code = `len("${'x'.repeat(10_000_000)}")`;

  it('is refused, and says to send data as files', async () => {
    for (const call of [sandbox.execute(code), engine.run({ code })]) {
      await expect(call).rejects.toMatchObject({
        ...refused,
        suggestion: expect.stringContaining('files'),
        details: { limitBytes: 1_000_000 },
      });
    }
    expect(await collect(sandbox.executions())).toEqual([]);
  });

  it('runs where the limit allows it, beyond ASCII too', async () => {
    const large = await engine.createSandbox({ limits: { codeBytes: 20_000_000 } });
    expect(await large.execute(code)).toMatchObject({ result: { 'text/plain': '10000000' } });
    const wide = `len("${'中'.repeat(4_000_000)}")`;
    expect(await large.execute(wide)).toMatchObject({ result: { 'text/plain': '4000000' } });
  });

  it('of one million bytes is taken as it is', async () => {
    const exact = `x = "${'x'.repeat(1_000_000 - 6)}"`;
    expect(Buffer.byteLength(exact)).toBe(1_000_000);
    expect(await sandbox.execute(exact)).toMatchObject({ status: 'ok' });
    await expect(sandbox.execute(`${exact} `)).rejects.toMatchObject(refused);
  });
});

describe('code that is no text', () => {
  it('is refused with a lone surrogate, and runs with a whole pair', async () => {
    for (const code of ['"\ud83d"', '\ude00', 'x = 1 # \udfff']) {
      await expect(sandbox.execute(code)).rejects.toMatchObject({
        ...refused,
        message: expect.stringContaining('surrogate'),
      });
      await expect(engine.run({ code })).rejects.toMatchObject(refused);
    }
    expect(await sandbox.execute('len("😀")')).toMatchObject({ result: { 'text/plain': '1' } });
  });

  it('is an error of the code with NUL, and the sandbox goes on', async () => {
    for (const code of ['\0', 'x = 1\0', '"a\0b"', '# \0']) {
      const { status, error } = await sandbox.execute(code);
      expect([status, error?.message]).toEqual(['error', expect.stringContaining('null bytes')]);
    }
    expect(await sandbox.execute('"\\0"')).toMatchObject({ result: { 'text/plain': "'\\x00'" } });
  });

  it('may be empty, blank, or have the line ends of other systems', async () => {
    for (const code of ['', ' ', '\n\n', '\t', '# only a comment']) {
      expect((await sandbox.execute(code)).status, JSON.stringify(code)).toBe('ok');
    }
    expect(await sandbox.execute('a = 1\r\nb = 2\ra + b')).toMatchObject({
      result: { 'text/plain': '3' },
    });
  });

  it('gives back text that is half a surrogate pair as an escape', async () => {
    const { stdout, result } = await sandbox.execute('print("\\ud83d")\n"\\ud83d"');
    expect(stdout).toBe('\\ud83d\n');
    expect(result?.['text/plain']).toBe("'\\ud83d'");
    expect(JSON.stringify(result).isWellFormed()).toBe(true);
  });
});

describe('200,000 lines of output', () => {
  it('come in full within the limit', async () => {
    let streamed = 0;
    const execution = await sandbox.execute({
      code: 'for i in range(200_000): print(i)',
      onStdout: (text) => {
        streamed += text.length;
      },
    });
    expect(execution).toMatchObject({ status: 'ok', truncated: false });
    expect(execution.stdout.split('\n')).toHaveLength(200_001);
    expect(execution.stdout.endsWith('\n199998\n199999\n')).toBe(true);
    expect(streamed).toBe(execution.stdout.length);
    expect(execution.outputs).toHaveLength(1);
  });

  it('beyond the limit are cut in the middle, and the number of bytes is told', async () => {
    const small = await engine.createSandbox({ limits: { outputBytes: 100_000 } });
    const { stdout, truncated } = await small.execute('for i in range(200_000): print(i)');
    const total = Array.from({ length: 200_000 }, (_, i) => `${i}\n`).join('').length;
    expect(truncated).toBe(true);
    expect(stdout).toContain(`[… ${total - 100_000} bytes of output left out …]`);
    expect(stdout.startsWith('0\n1\n')).toBe(true);
    expect(stdout.endsWith('\n199999\n')).toBe(true);
  });

  it('on stderr, from a command, and in one line are the same', async () => {
    const small = await engine.createSandbox({ limits: { outputBytes: 100_000 } });
    const errors = await small.execute(
      'import sys\nfor i in range(200_000): print(i, file=sys.stderr)',
    );
    expect(errors.truncated).toBe(true);
    expect(errors.stderr.endsWith('199999\n')).toBe(true);
    const command = await small.shell('seq 200000');
    expect([command.status, command.truncated]).toEqual(['ok', true]);
    expect(command.stdout.endsWith('200000\n')).toBe(true);
    const line = await small.execute('print("x" * 2_000_000)');
    expect([line.status, line.truncated]).toEqual(['ok', true]);
  });

  it('do not end a flood before its time', async () => {
    const small = await engine.createSandbox({ limits: { outputBytes: 100_000 } });
    const flood = await small.execute({ code: 'while True: print("x" * 1_000)', timeoutMs: 300 });
    expect(flood).toMatchObject({ status: 'timeout', truncated: true });
    expect(flood.stdout.length).toBeLessThan(101_000);
    expect(await small.execute('6 * 7')).toMatchObject({ status: 'ok', stdout: '' });
  });
});
