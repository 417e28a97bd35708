/** What the code prints and shows, while it runs and afterwards. */
import type { MimeBundle, Sandbox } from '@belljar/core';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { hold } from '../helpers/hold.js';
import { useSandboxes } from '../helpers/test-engine.js';

const create = useSandboxes();
let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await create();
});

const shown = (bundle: MimeBundle): unknown => bundle['text/plain'];

describe('streaming', () => {
  it('hands over what is printed while the code runs', async () => {
    const pieces: string[] = [];
    const gate = await create();
    const held = await hold(gate, 'print("after")');
    await sandbox.execute({ code: 'print("before")', onStdout: (text) => pieces.push(text) });
    expect(pieces).toEqual(['before\n']);
    await held.release();
    expect(await held.execution).toMatchObject({ stdout: 'running\nafter\n' });
  });

  it('keeps stdout and stderr apart', async () => {
    const [out, err]: [string[], string[]] = [[], []];
    const execution = await sandbox.execute({
      code: 'import sys, os\nprint("o")\nprint("e", file=sys.stderr)\nos.write(1, b"raw o\\n")',
      onStdout: (text) => out.push(text),
      onStderr: (text) => err.push(text),
    });
    expect(execution).toMatchObject({ stdout: 'o\nraw o\n', stderr: 'e\n' });
    expect([out.join(''), err.join('')]).toEqual(['o\nraw o\n', 'e\n']);
  });

  it('gives prints and displays to the callbacks in the order of the outputs', async () => {
    const events: unknown[] = [];
    const execution = await sandbox.execute({
      code: 'for i in range(3):\n  print("p", i)\n  display("d%d" % i)\nprint("end")',
      onStdout: (text) => events.push(text),
      onDisplay: (data) => events.push(shown(data)),
    });
    const order = ['p 0\n', "'d0'", 'p 1\n', "'d1'", 'p 2\n', "'d2'", 'end\n'];
    expect(events).toEqual(order);
    expect(
      execution.outputs.map((one) => (one.type === 'display' ? shown(one.data) : one.text)),
    ).toEqual(order);
  });

  it('puts a character together that comes in two pieces', async () => {
    const code = `
import os
data = '😀'.encode()
os.write(1, data[:2])
display('between')
os.write(1, data[2:])`;
    expect(await sandbox.execute(code)).toMatchObject({ stdout: '😀' });
  });

  it('shows bytes that are not UTF-8 as U+FFFD', async () => {
    const { stdout } = await sandbox.execute('import os; os.write(1, b"a\\xffb");');
    expect(stdout).toBe('a\ufffdb');
  });

  it('catches what subprocesses and C code print', async () => {
    const code = `
import ctypes, subprocess
subprocess.run(['echo', 'from a subprocess'])
ctypes.CDLL(None).puts(b'from C')`;
    const { stdout } = await sandbox.execute(code);
    expect(stdout).toContain('from a subprocess\n');
    expect(stdout).toContain('from C\n');
  });

  it('goes on without a callback that throws, and warns once', async () => {
    const warning = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    const failing = (): never => {
      throw new Error('not mine');
    };
    const rejecting = vi.fn(async () => failing());
    const calls = vi.fn(failing);
    try {
      const execution = await sandbox.execute({
        code: 'print(1)\ndisplay(2)\nprint(3)\ndisplay(4)',
        onStdout: calls,
        onDisplay: rejecting as unknown as (data: MimeBundle) => void,
      });
      expect(execution).toMatchObject({ status: 'ok', stdout: '1\n3\n' });
      expect(calls).toHaveBeenCalledTimes(1);
      expect(warning.mock.calls.map(([text]) => String(text).split(' ')[0]).sort()).toEqual([
        'onDisplay',
        'onStdout',
      ]);
    } finally {
      warning.mockRestore();
    }
  });
});

describe('output limit', () => {
  it('keeps all at the limit, and head and tail of one byte more', async () => {
    const small = await create({ limits: { outputBytes: 1_000 } });
    const atLimit = await small.execute('print("x" * 999)');
    expect(atLimit).toMatchObject({ truncated: false, stdout: `${'x'.repeat(999)}\n` });
    const over = await small.execute('print("a" * 500 + "b" * 500)');
    expect(over.truncated).toBe(true);
    expect(over.stdout).toBe(
      `${'a'.repeat(500)}\n[… 1 bytes of output left out …]\n${'b'.repeat(499)}\n`,
    );
  });

  it('keeps the end also when displays come between', async () => {
    const small = await create({ limits: { outputBytes: 10_000 } });
    const code = 'for i in range(10):\n  print("x" * 3999)\n  display(i)\nprint("THE END")';
    const execution = await small.execute(code);
    expect(execution.truncated).toBe(true);
    expect(execution.stdout.length).toBeLessThan(10_200);
    expect(execution.stdout).toMatch(/THE END\n$/);
    expect(execution.displays).toHaveLength(10);
  });

  it('counts displays: at the limit all are kept, beyond it the result is truncated', async () => {
    const small = await create({ limits: { displays: 3 } });
    const atLimit = await small.execute('for i in range(3): display(i)');
    expect(atLimit).toMatchObject({ truncated: false, displays: { length: 3 } });
    const over = await small.execute('for i in range(4): display(i)');
    expect(over.truncated).toBe(true);
    expect(over.displays.map(shown)).toEqual(['0', '1', '2']);
  });
});
