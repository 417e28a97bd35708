/**
 * What does not hold in full at level `confined`: each row of docs/isolation.md, exactly as far as it
 * says. At `namespaces` nothing is weakened.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import type { EngineWarning, Execution, Sandbox } from '@belljar/core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { line, lineThat, startEngine } from '../attacks/run-engine.js';
import { describeAt, isConfined, level } from '../helpers/level.js';
import { ownProcesses, useEngines } from '../helpers/test-engine.js';
import { verifies } from '../helpers/verifies.js';

const open = useEngines();
const MIB = 1024 * 1024;
const isRoot = process.geteuid?.() === 0;
const warnings: EngineWarning[] = [];
let create: (
  options?: Parameters<Awaited<ReturnType<typeof open>>['createSandbox']>[0],
) => Promise<Sandbox>;

beforeAll(async () => {
  const engine = await open({ onWarning: (warning) => warnings.push(warning) });
  create = (options) => engine.createSandbox(options);
});

function statusOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/status`, 'utf8');
  } catch {
    return '';
  }
}

/** The ancestor of a process that is two below an engine: the second of its guardians. */
function ancestor(pid: number, engine: number, parent: (pid: number) => number): number {
  let found = pid;
  while (found > 1 && parent(parent(found)) !== engine) found = parent(found);
  return found;
}

const value = (execution: Execution): unknown => execution.result?.['application/json'];

async function expectSound(sandbox: Sandbox): Promise<void> {
  const { status, result } = await sandbox.execute('6 * 7');
  expect([status, result?.['text/plain']]).toEqual(['ok', '42']);
}

describe('what is weakened', () => {
  verifies('jail.fails-closed', 'is in every result, and told once', async () => {
    const [one, two] = [await create(), await create()];
    const { isolation } = await one.execute('1');
    await two.execute('1');
    expect(isolation.level).toBe(level);
    const promises = ['jail.no-host-files', 'jail.no-host-processes', 'limits.enforced'];
    expect(isolation.weakened).toEqual(isConfined ? promises : []);
    const told = warnings.filter(({ code }) => code === 'ISOLATION_WEAKENED');
    expect(told).toHaveLength(isolation.weakened.length);
    for (const [index, promise] of isolation.weakened.entries()) {
      expect(told[index]?.message).toContain(`'${promise}'`);
    }
  });
});

describeAt('confined', 'files of the host', () => {
  let secret: string;

  beforeAll(() => {
    const folder = mkdtempSync('/var/tmp/belljar-weakened-');
    chmodSync(folder, 0o755);
    secret = join(folder, 'secret');
    writeFileSync(secret, 'secret');
    chmodSync(secret, 0o666);
  });

  afterAll(() => rmSync(dirname(secret), { recursive: true }));

  verifies('jail.no-host-files', 'can be asked for their size and time, and no more', async () => {
    const execution = await (await create()).execute(`
import os
secret = ${JSON.stringify(secret)}
def refused(function, *arguments):
    try: function(*arguments)
    except PermissionError: return True
    return False
found = os.stat(secret)
[found.st_size, found.st_mtime_ns // 1_000_000, os.path.exists(secret + '-not'),
 refused(open, secret), refused(open, secret, 'a'), refused(os.listdir, os.path.dirname(secret)),
 refused(os.truncate, secret, 0), refused(os.chmod, secret, 0o777), refused(os.utime, secret, (1, 1))]`);
    expect(value(execution)).toEqual([
      6,
      Math.floor(statSync(secret).mtimeMs),
      false,
      ...Array(6).fill(true),
    ]);
  });
});

describeAt('confined', 'processes of the host', () => {
  let host: ChildProcess;

  beforeAll(() => {
    host = spawn('sleep', ['1000'], { stdio: 'ignore' });
  });

  afterAll(() => host.kill('SIGKILL'));

  verifies('jail.no-host-processes', 'can be known to be there, and no more', async () => {
    const execution = await (await create()).execute(`
import errno, os, signal
def answer(function, *arguments):
    try: return function(*arguments)
    except OSError as error: return errno.errorcode[error.errno]
host, folder = ${host.pid}, '/proc/${host.pid}/'
[os.path.exists(folder), os.stat(folder).st_uid, answer(os.kill, host, signal.SIGTERM),
 answer(open, folder + 'cmdline'), answer(os.listdir, folder), answer(os.readlink, folder + 'exe'),
 answer(os.listdir, '/proc')]`);
    const refused = ['EPERM', 'EACCES', 'EACCES', 'EACCES', 'EACCES'];
    expect(value(execution)).toEqual([true, process.geteuid?.(), ...refused]);
    expect(host.exitCode ?? host.signalCode).toBeNull();
  });
});

describeAt('confined', 'the workspace', () => {
  const limits = { workspaceBytes: 8 * MIB, workspaceFiles: 200 };
  const FOREVER = 'import time\ntime.sleep(100)';

  const ways: [name: string, limit: string, code: string][] = [
    [
      'files that are small each',
      'workspaceBytes',
      `for index in range(100):
    with open(str(index), 'wb') as stream: stream.write(b'x' * ${MIB})`,
    ],
    [
      'files beside the workspace',
      'workspaceBytes',
      `for index in range(20):
    with open(os.environ['TMPDIR'] + '/' + str(index), 'wb') as stream: stream.write(b'x' * ${MIB})`,
    ],
    [
      'files in folders that nobody may read',
      'workspaceBytes',
      `os.mkdir('shut', 0o300); os.mkdir('shut/below', 0o300)
for index in range(20):
    with open('shut/below/' + str(index), 'wb') as stream: stream.write(b'x' * ${MIB})`,
    ],
    [
      'files that have no name any more',
      'workspaceBytes',
      `kept = []
for index in range(20):
    kept.append(open('gone', 'wb', buffering=0)); kept[-1].write(b'x' * ${MIB}); os.remove('gone')`,
    ],
    [
      'files without a name that are only mapped',
      'workspaceBytes',
      `import ctypes
libc = ctypes.CDLL(None); libc.mmap.restype = ctypes.c_void_p
for index in range(20):
    file = os.open('gone', os.O_RDWR | os.O_CREAT)
    os.write(file, b'x' * ${MIB}); os.remove('gone')
    libc.mmap(None, 4096, 1, 1, file, ctypes.c_long(0)); os.close(file)`,
    ],
    [
      'files that are empty',
      'workspaceFiles',
      `for index in range(1000): open(str(index), 'w').close()`,
    ],
    [
      'folders in folders',
      'workspaceFiles',
      `home = os.open('.', os.O_RDONLY)
for index in range(1000):
    os.mkdir('d' * 200); os.chdir('d' * 200)
os.fchdir(home)`,
    ],
  ];

  for (const [name, limit, code] of ways) {
    verifies('limits.enforced', `ends code that has too much in ${name}`, async () => {
      const sandbox = await create({ limits });
      const fits = 'open("fits", "wb").write(bytes(4_000_000))\nimport os; os.remove("fits")';
      expect((await sandbox.execute(fits)).status).toBe('ok');
      const run = { code: `import os\n${code}\n${FOREVER}`, timeoutMs: 20_000 };
      const execution = await sandbox.execute(run);
      expect(execution).toMatchObject({ status: 'limit', limit: { name: limit } });
      for (const { name } of await sandbox.files.list()) await sandbox.files.remove(name);
      await sandbox.execute('import os, shutil; shutil.rmtree(os.environ["TMPDIR"], True)');
      await expectSound(sandbox);
    });
  }

  verifies(
    'limits.enforced',
    'is over by what one look misses, and put back to before it',
    async () => {
      const sandbox = await create({ limits });
      const quick = `for index in range(12): open(str(index), 'wb').write(b'x' * ${MIB})`;
      const execution = await sandbox.execute(quick);
      expect(execution).toMatchObject({ status: 'limit', limit: { name: 'workspaceBytes' } });
      expect(execution.rolledBack).toBe(true);
      expect(await sandbox.files.list()).toEqual([]);
      await sandbox.files.write('more', 'x');
    },
  );

  verifies(
    'limits.enforced',
    'holds no single file that is larger than it, at no time',
    async () => {
      const { error } = await (await create({ limits })).execute(
        `with open('large', 'wb') as stream:\n    for _ in range(9): stream.write(b'x' * ${MIB})`,
      );
      expect(error).toMatchObject({
        name: 'OSError',
        message: expect.stringContaining('too large'),
      });
    },
  );

  verifies('limits.enforced', 'is watched while only a command runs', async () => {
    const sandbox = await create({ limits });
    const command = await sandbox.spawn(
      'while :; do head -c 1000000 /dev/zero > $$.$i; i=$((i+1)); done',
    );
    expect(await command.wait()).toEqual({ exitCode: null, signal: 9 });
    await expectSound(sandbox);
  });
});

/** Versions of Landlock before the machine's, as far as taking away shows them. */
function withoutLandlock(version: number): void {
  let before: string | undefined;
  beforeAll(() => {
    before = process.env.BELLJAR_WITHOUT;
    process.env.BELLJAR_WITHOUT = `namespaces,landlock-${version}`;
  });
  afterAll(() => {
    process.env.BELLJAR_WITHOUT = before;
  });
}

describeAt('confined', 'signals before Linux 6.12', () => {
  withoutLandlock(6);

  verifies('jail.no-host-processes', 'reach no process outside of the sandbox', async () => {
    const engine = await open({ onWarning() {} });
    const [bystander, sandbox] = [await engine.createSandbox(), await engine.createSandbox()];
    await expectSound(bystander);
    const host = spawn('sleep', ['1000'], { stdio: 'ignore' });
    try {
      const targets = [host.pid, ...ownProcesses().map(Number)];
      const prepare = `
import errno, os, subprocess
def answer(number, signal):
    try: os.kill(number, signal)
    except OSError as error: return errno.errorcode[error.errno]
    return 'sent'
answer(subprocess.Popen(['sleep', '1000']).pid, 9)`;
      const own = (await sandbox.execute(prepare)).result?.['text/plain'];
      const execution = await sandbox.execute(
        `[answer(number, 9) for number in ${JSON.stringify(targets)} if number != os.getpid()]`,
      );
      if (isRoot) {
        // What has its own user id it can end, its keeper too: all of its sandbox, and of no other.
        expect(own).toBe("'sent'");
        expect(execution.status).toBe('crashed');
        expect(execution.isolation.weakened).toContain('jail.no-host-processes');
      } else {
        // What keeps strangers safe keeps it from its own children too.
        expect(own).toBe("'EPERM'");
        expect(new Set(value(execution) as string[])).toEqual(new Set(['EPERM']));
        await expectSound(sandbox);
      }
      expect(host.exitCode ?? host.signalCode).toBeNull();
      await expectSound(bystander);
      await expectSound(await engine.createSandbox());
    } finally {
      host.kill('SIGKILL');
      await engine.close();
    }
  });
});

describeAt('confined', 'an engine and both of its guardians that are killed at once', () => {
  it('leave at most what the code started, and a folder that the next engine removes', async () => {
    const program = `
import { createEngine } from '@belljar/core';
const engine = await createEngine({ python: { preload: [], poolSize: 0 }, onWarning() {} });
const sandbox = await engine.createSandbox();
const code = \`
import os, subprocess, sys
left = subprocess.Popen(['setsid', 'sh', '-c', 'while :; do sleep 0.01; done'])
print('LEFT', left.pid, os.getpid(), os.getcwd(), flush=True)
left.wait()\`;
let text = '';
await sandbox.execute({ code, onStdout: (more) => {
  text += more;
  if (text.endsWith('\\n')) console.log(text + 'READY');
} });`;
    const engine = startEngine(program);
    await line(engine, 'READY');
    const [, left = 0, session = 0, workspace = ''] = lineThat(engine, /^LEFT/).split(' ');
    const run = dirname(dirname(workspace.toString()));
    const parent = (pid: number): number => Number(/^PPid:\s+(\d+)/m.exec(statusOf(pid))?.[1] ?? 0);
    const second = ancestor(Number(session), engine.pid ?? 0, parent);
    process.kill(engine.pid ?? 0, 'SIGSTOP');
    const first = parent(second);
    // Stopped, neither hears of the other, and the engine of none. The zygotes go with the second.
    for (const pid of [first, second]) process.kill(pid, 'SIGSTOP');
    for (const pid of [second, first]) process.kill(pid, 'SIGKILL');
    await vi.waitFor(() => expect(statusOf(Number(session))).toBe(''), { timeout: 5_000 });
    process.kill(engine.pid ?? 0, 'SIGKILL');
    // It may have ended with them, or goes on: then as confined as before.
    const survivor = statusOf(Number(left));
    if (survivor !== '') expect(survivor).toContain('NoNewPrivs:\t1');
    expect(existsSync(run)).toBe(true);
    if (!isRoot && survivor !== '') process.kill(Number(left), 'SIGKILL');
    await using next = await open({ onWarning() {} });
    await next.run({ code: '1' });
    // Root's sandboxes have user ids of their own, by which what is left of them is found.
    await vi.waitFor(() => expect(statusOf(Number(left))).toBe(''), { timeout: 5_000 });
    expect(existsSync(run)).toBe(false);
  });
});
