/** `belljar run` as a user runs it: what it prints, where, and how it ends. */
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { useCli } from '../helpers/cli.js';

const cli = useCli();
const code = (input: string, ...args: string[]) => cli.run(['run', '-', ...args], { input });

describe('belljar run', () => {
  it('prints output, then the value of the last expression, and ends with 0', async () => {
    cli.write('hello.py', 'import sys\nprint("out")\nprint("err", file=sys.stderr)\n6 * 7\n');
    expect(await cli.run(['run', 'hello.py'])).toEqual({
      status: 0,
      stdout: 'out\n42\n',
      stderr: 'err\n',
    });
  });

  it('hands output over while the code runs', async () => {
    const gate = 'import sys, time\nprint("first", flush=True)\ntime.sleep(1000)';
    const running = cli.start(['run', '-']);
    running.child.stdin.end(gate);
    await running.shown('first\n');
    running.signalGroup('SIGTERM');
    expect((await running.result).stdout).toBe('first\n');
  });

  it('puts the value on a line of its own, and gives other output as the code wrote it', async () => {
    expect((await code('print("x", end="")\n1')).stdout).toBe('x\n1\n');
    expect((await code('print("\\x1b]0;t\\x07", end="")')).stdout).toBe('\u001b]0;t\u0007');
  });

  it('shows a traceback on stderr and ends with 1', async () => {
    const { status, stdout, stderr } = await code('def f():\n  return 1 / 0\nprint(1)\nf()');
    expect({ status, stdout }).toEqual({ status: 1, stdout: '1\n' });
    expect(stderr).toMatch(/^Traceback[\s\S]*return 1 \/ 0[\s\S]*ZeroDivisionError: .*\n$/);
  });

  it('takes sys.exit() as a script does, and no other number than 0 as its own', async () => {
    expect(await code('import sys; sys.exit()')).toMatchObject({ status: 0, stderr: '' });
    expect(await code('import sys; sys.exit(0)')).toMatchObject({ status: 0, stderr: '' });
    expect(await code('import sys; sys.exit(124)')).toMatchObject({ status: 1, stderr: '' });
    expect(await code('import sys; sys.exit("why")')).toMatchObject({ status: 1, stderr: 'why\n' });
  });
});

describe('how it ends', () => {
  it('is 124 after a timeout', async () => {
    const ended = await code('while True: pass', '--timeout', '300ms');
    expect(ended).toMatchObject({
      status: 124,
      stderr: expect.stringMatching(/TIMEOUT: .*0\.3 s/),
    });
  });

  it('is 137 over a limit of memory', async () => {
    const hungry = `
import os, time
for _ in range(6):
    if os.fork() == 0:
        held = os.urandom(40_000_000)
        time.sleep(1000)
time.sleep(1000)`;
    const ended = await code(hungry, '--memory', '128MiB');
    expect(ended).toMatchObject({
      status: 137,
      stderr: expect.stringMatching(/OUT_OF_MEMORY: .*--memory/),
    });
  });

  it('is 134 when the interpreter crashes', async () => {
    const ended = await code('import os; os.abort()');
    expect(ended).toMatchObject({ status: 134, stderr: expect.stringContaining('CRASHED: ') });
  });

  it('is 125 where there is no Python, in one sentence without a stack', async () => {
    mkdirSync(join(cli.folder, 'bare'));
    const bare = join(cli.folder, 'bare');
    symlinkSync(process.execPath, join(bare, 'node'));
    const env = { PATH: bare, HOME: bare, XDG_CACHE_HOME: bare, BELLJAR_PYTHON: '' };
    const { status, stderr } = await cli.run(['run', '-'], { input: '1', env });
    expect(status).toBe(125);
    expect(stderr).toMatch(/^belljar: RUNTIME_UNAVAILABLE: There is no python3 .*apt install.*\n$/);
  });
});

describe('--json', () => {
  it('is one document on stdout and nothing else', async () => {
    const { status, stdout, stderr } = await code(
      'print("p")\nopen("f", "w").write("f")',
      '--json',
    );
    expect({ status, stderr: stderr.split(' (')[0] }).toEqual({
      status: 0,
      stderr: 'belljar: saved belljar-out/f',
    });
    expect(JSON.parse(stdout)).toMatchObject({
      status: 'ok',
      exitStatus: 0,
      stdout: 'p\n',
      result: { 'text/plain': '1' },
      files: [{ name: 'f', change: 'created', savedTo: join(cli.folder, 'belljar-out/f') }],
      figures: [],
      isolation: { level: expect.any(String) },
      warnings: [],
    });
  });

  it('has the exception of the code, and keeps its exit status', async () => {
    const { status, stdout, stderr } = await code('1 / 0', '--json');
    expect({ status, stderr }).toEqual({ status: 1, stderr: '' });
    expect(JSON.parse(stdout)).toMatchObject({
      status: 'error',
      error: { name: 'ZeroDivisionError' },
    });
  });

  it('is a document also when nothing could be run', async () => {
    for (const args of [['run', '-', '--python', '/no/python'], ['run', '/no/file.py'], ['rnu']]) {
      const { status, stdout } = await cli.run([...args, '--json']);
      expect(JSON.parse(stdout)).toMatchObject({
        status: 'failed',
        exitStatus: status,
        failure: { code: expect.any(String), message: expect.any(String) },
      });
    }
  });

  it('has no control character that a terminal would obey', async () => {
    const { stdout } = await code('"\\x1b[31m \\x9b \\u202e"', '--json');
    const { result } = JSON.parse(stdout);
    expect(result['text/plain']).toContain('\\x1b');
    const printed = await code('print("\\x1b[31m \\x9b \\u202e")', '--json');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    expect(printed.stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
    expect(JSON.parse(printed.stdout).stdout).toBe('\u001b[31m \u009b \u202e\n');
  });
});

describe('what goes in', () => {
  const names = 'import os; print(*sorted(f"{d}/{f}" for d, _, fs in os.walk(".") for f in fs))';

  it('puts --file at its relative path, at its base name, or at the name it is given', async () => {
    cli.write('data/in.csv', '1');
    const files = ['data/in.csv', join(cli.folder, 'data/in.csv'), 'at/z.csv=data/in.csv'];
    const { stdout } = await code(names, ...files.flatMap((file) => ['--file', file]));
    expect(stdout).toBe('./at/z.csv ./data/in.csv ./in.csv\n');
  });

  it('refuses with 2 what cannot be read, before anything is run', async () => {
    cli.write('latin.py', Buffer.from('x = "\xe9"', 'latin1'));
    cli.write('long.py', '#'.repeat(1_000_001));
    cli.write('code.txt', '1');
    const wrong = [
      ['no.py'],
      ['.', '--language', 'python'],
      ['latin.py'],
      ['long.py'],
      ['code.txt'],
      ['-', '--file', 'no.csv'],
      ['-', '--file', 'data'],
      ['-', '--file', '=x'],
      ['-', '--file', '../up=code.txt'],
      ['-', '--file', '/abs=code.txt'],
      ['-', '--file', 'a=code.txt', '--file', 'a=code.txt'],
      ['-', '--timeout', '60'],
      ['-', '--memory', '512M'],
      ['-', '--no-save', '--out', 'x'],
    ];
    for (const args of wrong) {
      const { status, stdout, stderr } = await cli.run(['run', ...args]);
      expect({ args, status, stdout }).toEqual({ args, status: 2, stdout: '' });
      expect(stderr).toMatch(/^belljar: (USAGE|INVALID_ARGUMENT): [^\n]+\n$/);
    }
  }, 60_000);

  it('takes a language by extension or by --language', async () => {
    expect(await cli.run(['run', 'code.txt', '--language', 'python'])).toMatchObject({
      status: 0,
      stdout: '1\n',
    });
  });
});
