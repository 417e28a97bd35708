/** Limits of a sandbox: at the limit all is well, beyond it there is an answer that says so. */
import type { Execution, SandboxLimits } from '@belljar/core';
import { describe, expect, it } from 'vitest';
import { sha256 } from '../helpers/collect.js';
import { isConfined } from '../helpers/level.js';
import { useSandboxes } from '../helpers/test-engine.js';
import { verifies } from '../helpers/verifies.js';

const create = useSandboxes();
const MIB = 1024 * 1024;

/** Runs programs one after the other in a sandbox with these limits. */
async function runWith(
  limits: Partial<SandboxLimits>,
  ...programs: string[]
): Promise<Execution[]> {
  const sandbox = await create({ limits });
  const executions: Execution[] = [];
  for (const code of programs) executions.push(await sandbox.execute(code));
  return executions;
}

const plain = (execution: Execution | undefined): unknown => execution?.result?.['text/plain'];

describe('memory', () => {
  verifies(
    'limits.enforced',
    'memory of one process is a MemoryError, below it is none',
    async () => {
      const [below, over, after] = await runWith(
        { memoryBytes: 256 * MIB },
        `kept = 1\nblock = b'x' * ${200 * MIB}\ndel block`,
        `block = b'x' * ${400 * MIB}`,
        'kept',
      );
      expect(below).toMatchObject({ status: 'ok' });
      expect(over).toMatchObject({ status: 'error', error: { name: 'MemoryError' } });
      expect(plain(after)).toBe('1');
    },
  );

  verifies('limits.enforced', 'memory of many processes together ends them', async () => {
    const share = (bytes: number): string => `
import os, signal, time
children = []
for _ in range(4):
    read, write = os.pipe()
    if os.fork() == 0:
        block = b'x' * ${bytes}
        os.write(write, b'x')
        while True: time.sleep(100)
    children.append(read)
for read in children: os.read(read, 1)
print('all there', flush=True)
time.sleep(${bytes > 60 * MIB ? 100 : 0.3})`;
    const [below, over, after] = await runWith(
      { memoryBytes: 256 * MIB },
      share(40 * MIB),
      share(100 * MIB),
      '6 * 7',
    );
    expect(below).toMatchObject({ status: 'ok', stdout: 'all there\n', leftovers: { length: 4 } });
    expect(over).toMatchObject({ status: 'out-of-memory', rolledBack: true });
    expect(plain(after)).toBe('42');
  });
});

describe('processes', () => {
  verifies(
    'limits.enforced',
    'processes: the number that is allowed starts, one more does not',
    async () => {
      const start = (count: number): string => `
import subprocess
running = [subprocess.Popen(['sleep', '1000']) for _ in range(${count})]
len(running)`;
      const [atLimit, over, after] = await runWith(
        { processes: 8 },
        start(7),
        `${start(8)}`,
        'for one in running: one.wait()\n42',
      );
      expect([atLimit?.status, plain(atLimit)]).toEqual(['ok', '7']);
      // Where all sandboxes have the engine's user id, a warden counts them: see process-limit.test.ts.
      if (isConfined && process.geteuid?.() !== 0) return;
      expect(over).toMatchObject({ status: 'error', error: { name: 'BlockingIOError' } });
      expect(plain(after)).toBe('42');
    },
  );

  verifies('limits.enforced', 'a bomb of processes ends with its execution', async () => {
    const bomb = `
import os, time
while True:
    try: os.fork()
    except OSError: time.sleep(0.01)`;
    const sandbox = await create({ limits: { processes: 32 } });
    const execution = await sandbox.execute({ code: bomb, timeoutMs: 300 });
    // Where they are counted by looking, that ends it first.
    expect(['timeout', 'limit']).toContain(execution.status);
    expect(await sandbox.execute('6 * 7')).toMatchObject({ status: 'ok', leftovers: [] });
  });
});

/** Where the kernel keeps no quota, it is looked at: the execution ends, or ends so. */
const overBytes = isConfined
  ? { status: 'limit', limit: { name: 'workspaceBytes' } }
  : { status: 'error', error: { name: 'OSError' } };
const overFiles = isConfined ? { status: 'limit', limit: { name: 'workspaceFiles' } } : overBytes;

describe('workspace', () => {
  verifies(
    'limits.enforced',
    'bytes: a workspace takes what it may hold and no page more',
    async () => {
      const fill = (bytes: number): string => `
import os
with open('fill', 'wb') as stream: stream.write(b'x' * ${bytes})
os.path.getsize('fill')`;
      const [atLimit, over] = await runWith({ workspaceBytes: MIB }, fill(MIB), fill(MIB + 1));
      expect(atLimit).toMatchObject({ status: 'ok', files: [{ sizeBytes: MIB }] });
      expect(over).toMatchObject({ status: 'error', error: { name: 'OSError' } });
    },
  );

  verifies('limits.enforced', 'bytes: all that can be written is of the same quota', async () => {
    const write = (bytes: number): string => `
import os
for folder in ('.', os.environ['TMPDIR'], '/dev/shm'):
    if os.access(folder, os.W_OK) and (folder != '/dev/shm' or not ${isConfined ? 'True' : 'False'}):
        with open(folder + '/a', 'wb') as stream: stream.write(b'x' * ${bytes})`;
    const [atLimit, over] = await runWith(
      { workspaceBytes: MIB },
      write(300 * 1024),
      write(600 * 1024),
    );
    expect(atLimit).toMatchObject({ status: 'ok' });
    expect(over).toMatchObject(overBytes);
  });

  verifies(
    'limits.enforced',
    'bytes: a file that does not fit is refused, and nothing is replaced',
    async () => {
      const sandbox = await create({ limits: { workspaceBytes: MIB } });
      await sandbox.files.write('kept', 'before');
      const writing = sandbox.files.write('kept', new Uint8Array(2 * MIB));
      await expect(writing).rejects.toMatchObject({ code: 'FILES_LIMIT' });
      expect(Buffer.from(await sandbox.files.read('kept')).toString()).toBe('before');
      expect(await sandbox.files.list()).toHaveLength(1);
      const files = [{ name: 'large', content: new Uint8Array(2 * MIB) }];
      const running = sandbox.execute({ code: 'ran = 1', files });
      await expect(running).rejects.toMatchObject({ code: 'FILES_LIMIT' });
      expect(await sandbox.variables()).toEqual([]);
    },
  );

  verifies('limits.enforced', 'files: a workspace takes their number and no more', async () => {
    const make = (count: number): string => `
for index in range(${count}): open('f%d' % index, 'w').close()
import os
len(os.listdir())`;
    const [atLimit] = await runWith({ workspaceFiles: 100 }, make(100));
    expect([plain(atLimit), atLimit?.files.length]).toEqual(['100', 100]);
    const [over] = await runWith({ workspaceFiles: 100 }, make(101));
    expect(over).toMatchObject(overFiles);
  });
});

describe('open files', () => {
  verifies(
    'limits.enforced',
    'open files: below the limit they open, above they do not',
    async () => {
      const make = (count: number): string =>
        `many = [open('/dev/null') for _ in range(${count})]\nlen(many)`;
      const [below, over, after] = await runWith({ openFiles: 64 }, make(40), make(64), '6 * 7');
      expect(plain(below)).toBe('40');
      expect(over?.error).toMatchObject({
        name: 'OSError',
        message: expect.stringContaining('24'),
      });
      expect(plain(after)).toBe('42');
    },
  );
});

describe('code', () => {
  it('may be as long as the limit, in bytes, and no longer', async () => {
    const sandbox = await create({ limits: { codeBytes: 100 } });
    const code = `"${'é'.repeat(49)}"`;
    expect(await sandbox.execute(code)).toMatchObject({ status: 'ok' });
    await expect(sandbox.execute(`${code} `)).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      details: { codeBytes: 101, limitBytes: 100 },
    });
  });
});

describe('time', () => {
  verifies('limits.enforced', 'wall time: code that is done in time is let alone', async () => {
    const [inTime, late] = await runWith({ timeoutMs: 250 }, '6 * 7', 'while True: pass');
    expect(inTime).toMatchObject({ status: 'ok' });
    expect(late).toMatchObject({ status: 'timeout' });
  });
});

describe('usage', () => {
  it('is what was used', async () => {
    const [idle, busy, large] = await runWith(
      {},
      '1',
      `
import time
end = time.process_time() + 0.2
while time.process_time() < end: pass`,
      `block = b'x' * ${200 * MIB}`,
    );
    expect(idle?.usage.cpuMs).toBeLessThan(150);
    expect(busy?.usage.cpuMs).toBeGreaterThan(190);
    expect(busy?.usage.wallMs).toBeGreaterThan(190);
    expect(large?.usage.peakMemoryBytes).toBeGreaterThan(200 * MIB);
    expect(large?.usage.peakMemoryBytes).toBeLessThan(1024 * MIB);
  });

  it('counts the processor time of processes that the code ran', async () => {
    const code = `
import subprocess, sys
loop = 'import time\\nend = time.process_time() + 0.2\\nwhile time.process_time() < end: pass'
subprocess.run([sys.executable, '-S', '-c', loop])`;
    const [execution] = await runWith({}, code);
    expect(execution?.usage.cpuMs).toBeGreaterThan(190);
  });
});

describe('large output', () => {
  it('keeps head and tail of a file of lines', async () => {
    const [execution] = await runWith({ outputBytes: 10_000 }, 'for i in range(10_000): print(i)');
    expect(execution?.stdout.startsWith('0\n1\n2\n')).toBe(true);
    expect(execution?.stdout.endsWith('9998\n9999\n')).toBe(true);
    expect(execution?.truncated).toBe(true);
    expect(sha256(execution?.stdout ?? '')).toHaveLength(64);
  });
});
