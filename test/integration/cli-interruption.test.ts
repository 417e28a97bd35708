/** Ctrl-C, SIGTERM, a reader that goes: the code ends, and nothing of its sandbox is left. */
import { execFileSync } from 'node:child_process';
import { createWriteStream, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { useCli } from '../helpers/cli.js';

const cli = useCli();

cli.write(
  'wait.py',
  'import time\nopen("so-far", "w").write("kept")\nprint("running")\ntime.sleep(1000)',
);
cli.write(
  'stubborn.py',
  `
import os, signal, time
signal.signal(signal.SIGINT, lambda *_: os.write(1, b"caught"))
print("running", flush=True)
time.sleep(1000)`,
);

describe('an interruption', () => {
  it.for([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)(
    'by %s to the whole group ends the code and keeps its files',
    async ([name, status]) => {
      const running = cli.start(['run', 'wait.py', '--out', name]);
      await running.shown('running');
      running.signalGroup(name);
      expect(await running.result).toMatchObject({
        status,
        stderr: expect.stringContaining(`CANCELLED: Interrupted by ${name}`),
      });
      expect(readFileSync(join(cli.folder, name, 'so-far'), 'utf8')).toBe('kept');
    },
  );

  it('by Ctrl-C in a terminal is the same', async () => {
    const running = cli.start(['run', 'wait.py'], { terminal: true });
    await running.shown('running');
    running.child.stdin.write('\u0003');
    const { status, stdout } = await running.result;
    expect(status).toBe(130);
    expect(stdout).toContain('CANCELLED: Interrupted by SIGINT');
    expect(stdout).toContain('saved belljar-out/so-far');
  });

  it('of code that goes on all the same ends it too', async () => {
    const running = cli.start(['run', 'stubborn.py']);
    await running.shown('running');
    running.signalGroup('SIGINT');
    expect(await running.result).toMatchObject({ status: 130 });
  });

  it('for a second time ends the sandbox without waiting for the code', async () => {
    const running = cli.start(['run', 'stubborn.py']);
    await running.shown('running');
    running.signalGroup('SIGINT');
    await running.shown('caught');
    running.signalGroup('SIGINT');
    expect(await running.result).toMatchObject({ status: 130 });
  });

  it('gives a document with --json', async () => {
    const pipe = join(cli.folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const running = cli.start(['run', 'wait.py', '--json', '--no-save', '--file', 'pipe']);
    // More than a pipe holds: when it is written, the engine has begun to read the file.
    const feed = createWriteStream(pipe);
    await new Promise((written) => feed.write(Buffer.alloc(1_000_000), written));
    running.signalGroup('SIGINT');
    feed.end();
    const { status, stdout } = await running.result;
    expect(status).toBe(130);
    expect(JSON.parse(stdout)).toMatchObject({ status: 'cancelled', exitStatus: 130 });
  });

  it('that the code sends to itself is an exception of the code', async () => {
    const input = 'import os, signal, time\nos.kill(os.getpid(), signal.SIGINT)\ntime.sleep(1000)';
    expect(await cli.run(['run', '-'], { input })).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('KeyboardInterrupt'),
    });
  });

  it('comes when nobody reads the output any more', async () => {
    const running = cli.start(['run', '-']);
    running.child.stdin.end(
      'import time\nwhile True:\n    print("line", flush=True)\n    time.sleep(0.01)',
    );
    await running.shown('line');
    running.child.stdout.destroy();
    expect(await running.result).toMatchObject({ status: 141 });
  });
});
