/** The jail fails closed, says what it is made of, and works where `/proc` cannot be mounted. */
import { fileURLToPath } from 'node:url';
import type {
  Engine,
  EngineOptions,
  EngineWarning,
  Execution,
  PythonOptions,
  Sandbox,
} from '@belljar/core';
import { describe, expect } from 'vitest';
import { runEngine } from '../attacks/run-engine.js';
import { hostPython } from '../attacks/run-snippet.js';
import { isConfined, level, reachablePython } from '../helpers/level.js';
import { requires } from '../helpers/requires.js';
import { useEngines } from '../helpers/test-engine.js';
import { verifies } from '../helpers/verifies.js';

const open = useEngines();
let engine: Promise<Engine> | undefined;
const create = async (): Promise<Sandbox> => {
  engine ??= open();
  return (await engine).createSandbox();
};

const UNDER_FILTER = fileURLToPath(new URL('../attacks/snippets/under_filter.py', import.meta.url));
/** One that root's sandboxes can get to at `confined`. */
const reachable = reachablePython();
const EPERM = 1;
const ENOSYS = 38;

/** Starts an engine, runs code, and says what came of it. */
function program(code: string, options: Pick<EngineOptions, 'minimumIsolation'> = {}): string {
  const given = { python: { preload: [], poolSize: 0, interpreter: reachable }, ...options };
  return `
import { createEngine } from '@belljar/core';
let said;
try {
  await using engine = await createEngine({ ...${JSON.stringify(given)}, onWarning() {} });
  const sandbox = await engine.createSandbox();
  said = [await sandbox.execute(${JSON.stringify(code)}), await sandbox.execute('6 * 7')];
} catch (error) {
  said = { code: error.code, message: error.message, suggestion: error.suggestion };
}
console.log(JSON.stringify(said));`;
}

const refusing = (call: string, errno: number): string[] => [
  hostPython,
  UNDER_FILTER,
  call,
  String(errno),
];

/** In a user namespace of the test's own, where it may do what only root may do outside. */
const inNamespace = (flags: string, preparation: string): string[] => [
  ...['unshare', flags, '--map-user=1000', '--map-group=1000', '--keep-caps'],
  ...['sh', '-c', `${preparation} && exec "$@"`, 'sh'],
];

const withNamespaces = await requires('unshare(1) of util-linux 2.36 or newer', async () => {
  const said = await runEngine('console.log("true")', inNamespace('-Um', 'true'));
  return said === true || 'install util-linux';
});

const NO_MORE_USER_NAMESPACES = 'echo 0 > /proc/sys/user/max_user_namespaces';

const simulated = { optional: 'hosts without it are simulated' };

/** What the next level cannot do without. */
async function hasLandlock(): Promise<true | string> {
  const { isolation } = await (await create()).execute('1');
  return isolation.layers.includes('landlock') || 'Linux 5.13 with it switched on';
}
const withLandlock = await requires('Landlock', hasLandlock, simulated);

const withLimitsAndLandlock = await requires(
  'unshare(1), a /proc/sys that can be written, and Landlock',
  async () => {
    const said = await runEngine('console.log("true")', inNamespace('-U', NO_MORE_USER_NAMESPACES));
    if (said !== true) return 'install util-linux; run outside a container';
    return hasLandlock();
  },
  simulated,
);

describe('the jail', () => {
  verifies('jail.fails-closed', 'every result says which layers were in force', async () => {
    const { isolation } = await (await create()).execute('1');
    expect(isolation.level).toBe(level);
    const both = ['seccomp', 'no-capabilities', 'no-new-privileges', 'rlimits', 'lifeline'];
    const namespaces = ['user', 'mount', 'pid', 'network', 'ipc', 'uts'].map(
      (kind) => `${kind}-namespace`,
    );
    const own = isConfined
      ? ['landlock', 'watched-workspace']
      : [...namespaces, 'read-only-root', 'workspace-quota'];
    expect(isolation.layers).toEqual(expect.arrayContaining([...both, ...own]));
    if (isConfined) {
      expect(isolation.missing.map((one) => one.layer)).toEqual(expect.arrayContaining(namespaces));
    }
    expect(isolation.layers.includes('own-user-id')).toBe(process.geteuid?.() === 0);
    for (const { layer, reason } of isolation.missing) {
      expect(isolation.layers).not.toContain(layer);
      expect(reason.length).toBeGreaterThan(10);
    }
  });

  verifies(
    'jail.fails-closed',
    'a caller cannot change what the engine thinks is in force',
    async () => {
      const sandbox = await create();
      const first = await sandbox.execute('1');
      first.isolation.layers.length = 0;
      first.isolation.missing.push({ layer: 'seccomp', reason: 'forged' });
      expect((await sandbox.execute('1')).isolation.layers).toContain('seccomp');
    },
  );

  const refusals: [
    call: string,
    layer: string,
    options: Pick<EngineOptions, 'minimumIsolation'>,
  ][] = [
    ['unshare', 'user-namespace', { minimumIsolation: 'namespaces' }],
    ['mount', 'read-only-root', { minimumIsolation: 'namespaces' }],
    ['pivot_root', 'read-only-root', { minimumIsolation: 'namespaces' }],
    ['seccomp', 'seccomp', {}],
    ['capset', 'capset', {}],
  ];
  for (const [call, layer, options] of refusals) {
    if (isConfined && options.minimumIsolation) continue;
    verifies(
      'jail.fails-closed',
      `without ${call} nothing runs, and ${layer} is named`,
      async () => {
        const said = await runEngine(program('1', options), refusing(call, EPERM));
        expect(said).toMatchObject({
          code: 'ISOLATION_UNAVAILABLE',
          message: expect.stringContaining(layer),
          suggestion: expect.stringMatching(/\w{10}/),
        });
      },
    );
  }

  if (isConfined) {
    verifies('jail.fails-closed', 'a caller who asks for namespaces is refused', async () => {
      expect(await runEngine(program('1', { minimumIsolation: 'namespaces' }))).toMatchObject({
        code: 'ISOLATION_UNAVAILABLE',
        // A host may allow the namespaces themselves, and no mounts in them.
        message: expect.stringMatching(/user-namespace|read-only-root/),
        suggestion: expect.stringContaining('user namespaces'),
      });
    });

    verifies('jail.fails-closed', 'without Landlock nothing runs, and it is named', async () => {
      const said = await runEngine(program('1'), refusing('landlock_create_ruleset', ENOSYS));
      expect(said).toMatchObject({
        code: 'ISOLATION_UNAVAILABLE',
        message: expect.stringContaining('landlock'),
        suggestion: expect.stringContaining('Linux 5.13'),
      });
    });
  }

  for (const call of isConfined ? [] : ['unshare', 'mount', 'pivot_root', 'setns']) {
    const name = `without ${call} the next level is used, and said`;
    const check = async (): Promise<void> => {
      for (const options of [{}, { minimumIsolation: 'confined' }] as const) {
        const said = await runEngine(program('1', options), refusing(call, EPERM));
        const [first, second] = said as Execution[];
        expect(first?.isolation).toMatchObject({ level: 'confined' });
        expect(first?.isolation.missing).toContainEqual({
          layer: 'user-namespace',
          reason: expect.stringMatching(/not permitted/),
        });
        expect(second?.result?.['text/plain']).toBe('42');
      }
    };
    verifies('jail.fails-closed', name, check, { using: withLandlock });
  }

  verifies('jail.fails-closed', 'with the same filter on another call it works', async () => {
    const [, second] = (await runEngine(program('1'), refusing('reboot', EPERM))) as Execution[];
    expect(second?.result?.['text/plain']).toBe('42');
  });

  verifies(
    'jail.fails-closed',
    'without user namespaces the next level is used, or nothing runs, as the caller wants',
    async () => {
      const none = inNamespace('-U', NO_MORE_USER_NAMESPACES);
      const [, second] = (await runEngine(program('1'), none)) as Execution[];
      expect(second).toMatchObject({ isolation: { level: 'confined' }, status: 'ok' });
      expect(await runEngine(program('1', { minimumIsolation: 'namespaces' }), none)).toMatchObject(
        {
          code: 'ISOLATION_UNAVAILABLE',
          message: expect.stringContaining('user-namespace'),
          suggestion: expect.stringContaining('user namespaces'),
        },
      );
    },
    { using: withLimitsAndLandlock },
  );

  if (isConfined) return;

  verifies(
    'jail.fails-closed',
    'without Landlock it works, and says that it is missing',
    async () => {
      const code = `
import os
def fails(path, flags):
    try: os.close(os.open(path, flags))
    except OSError as error: return type(error).__name__
[fails('/planted', os.O_CREAT | os.O_WRONLY), fails('/dev/zero', os.O_RDWR), fails('own', os.O_CREAT | os.O_WRONLY)]`;
      const [first, second] = (await runEngine(
        program(code),
        refusing('landlock_create_ruleset', ENOSYS),
      )) as Execution[];
      expect(first?.isolation.missing.map(({ layer }) => layer)).toEqual(
        expect.arrayContaining(['landlock', 'landlock-signals']),
      );
      expect(first?.isolation.layers).not.toContain('landlock');
      expect(first?.result?.['application/json']).toEqual(['OSError', 'FileNotFoundError', null]);
      expect(second?.result?.['text/plain']).toBe('42');
    },
  );

  // What Docker does: something is mounted below /proc, so the kernel allows no second one.
  verifies(
    'jail.fails-closed',
    'where /proc cannot be mounted a sandbox has none, says so, and its processes still end',
    async () => {
      const code = `
import os, subprocess
zombie = os.fork()
if zombie == 0: os._exit(0)
os.waitid(os.P_PID, zombie, os.WEXITED | os.WNOWAIT)
daemon = os.fork()
if daemon == 0:
    os.setsid()
    import time; time.sleep(1000)
said = subprocess.run(['echo', 'a command'], capture_output=True, text=True).stdout
[os.listdir('/proc'), said, daemon]`;
      const prefix = inNamespace('-Um', 'mount -t tmpfs none /proc/sys/vm');
      const [first, second] = (await runEngine(program(code), prefix)) as Execution[];
      const listing = first?.result?.['application/json'] ?? [];
      const [listed, said, daemon] = listing as unknown[];
      expect([listed, said]).toEqual([[], 'a command\n']);
      expect(first?.isolation.missing).toContainEqual({
        layer: 'proc',
        reason: expect.stringContaining('forbids mounting'),
      });
      expect(first?.isolation.layers).not.toContain('proc');
      expect(first?.leftovers).toEqual([{ pid: daemon, command: '?' }]);
      expect(second?.result?.['text/plain']).toBe('42');
      expect(second?.leftovers).toEqual([]);
    },
    { using: withNamespaces },
  );
});

describe('the root', () => {
  verifies('jail.no-host-files', 'holds what an interpreter and its commands need', async () => {
    const execution = await (await create()).execute(`
import ctypes.util, os, sqlite3, ssl, subprocess, sys, time, zlib
temporary = os.environ['TMPDIR']
sqlite3.connect(temporary + '/base').execute('create table one (two)')
time.tzset()
commands = [subprocess.run(one, capture_output=True, shell=True).returncode for one in (
    'ls .', 'echo a | grep a | sed s/a/b/', 'python3 -c "import json"', sys.executable + ' -c 1')]
[commands, len(open('/etc/ld.so.cache', 'rb').read(4)), open('/dev/null').read(), len(os.urandom(4)),
 os.path.expanduser('~') == temporary${isConfined ? '' : ", sorted(os.listdir('/dev/shm')), os.uname().nodename"}]`);
    expect(execution.error).toBeUndefined();
    expect(execution.result?.['application/json']).toEqual([
      [0, 0, 0, 0],
      4,
      '',
      4,
      true,
      ...(isConfined
        ? []
        : [[], execution.isolation.layers.includes('hostname') ? 'sandbox' : expect.any(String)]),
    ]);
  });

  verifies(
    'jail.no-host-files',
    'holds no home, no password, no log, no other device',
    async () => {
      const execution = await (await create()).execute(`
import errno, os
def attempt(path):
    try: os.listdir(path) if os.path.isdir(path) else open(path, 'rb').read(1)
    except OSError as error: return errno.errorcode[error.errno]
    return 'ok'
paths = ('/etc/shadow', '/var/log', '/var/lib', '/sys', '/boot', '/etc/hostname', '/etc/machine-id', '/etc/ssh',
         '/etc/resolv.conf', '/dev/sda', '/dev/kmsg', '/dev/tty', '/dev/fuse', '/proc/sys', '/proc/kcore', '/proc/1/environ',
         '/proc/keys', '/run/docker.sock', '/var/run/docker.sock', '/root', '/home', '/', '/tmp', '/var/tmp', '/dev/shm')
own = ('/', '/tmp', '/dev/shm', '/var/tmp', '/home', '/root')
[[path for path in paths if attempt(path) == 'ok' and not (${isConfined ? 'False' : 'True'} and path in own)],
 [path for path in paths if os.path.lexists(path) and path not in (*own, '/proc/1/environ')]]`);
      const [opened, there] = (execution.result?.['application/json'] ?? []) as string[][];
      expect(opened).toEqual([]);
      // At `confined` that they exist is what `weakened` says.
      if (!isConfined) {
        expect(there).toEqual([]);
        const { result } = await (await create()).execute('open("/etc/passwd").read()');
        expect(result?.['text/plain']).toBe("'sandbox:x:1000:1000:sandbox:/tmp:/bin/sh\\n'");
      }
    },
  );
});

/** The wheels that users have: from the package index, unless another Python is named. */
const wheels: PythonOptions = process.env.BELLJAR_PYTHON
  ? { interpreter: process.env.BELLJAR_PYTHON }
  : { packages: 'data' };

const withNumpy = await requires(
  'numpy',
  async () => {
    const engine = await open({ python: { ...wheels, preload: [] } });
    const { status } = await engine.run({ code: 'import numpy' });
    await engine.close();
    return status === 'ok' || 'set BELLJAR_PYTHON to a Python that has it';
  },
  isConfined ? { optional: "root's sandboxes need a Python that all users can get to" } : {},
);

describe('numpy', () => {
  const solve = `
import numpy
a = numpy.random.default_rng(1).random((600, 600)) + 600 * numpy.eye(600)
product = a @ a
bool(numpy.allclose(numpy.linalg.solve(a, product), a))`;

  async function solvesAtOnce(threads: number, preloaded: boolean): Promise<void> {
    const python: PythonOptions = { ...wheels, preload: ['numpy'], poolSize: 0, threads };
    const skipped: string[] = [];
    const onWarning = ({ code }: EngineWarning): void => {
      if (code !== 'ISOLATION_WEAKENED') skipped.push(code);
    };
    const engine = await open({ python, onWarning });
    for (let known = false; !known; known ||= skipped.length > 0) {
      const { result } = await engine.run({ code: 'import sys\n"numpy" in sys.modules' });
      known = result?.['text/plain'] === 'True';
    }
    expect(skipped).toEqual(preloaded ? [] : ['PRELOAD_SKIPPED']);
    const sandbox = await engine.createSandbox();
    const execution = await sandbox.execute({ code: solve, timeoutMs: 20_000 });
    expect(execution).toMatchObject({ status: 'ok', result: { 'text/plain': 'True' } });
    await engine.close();
  }

  // A fork that skips the C library's fork handlers hangs here: OpenBLAS waits for threads that are gone.
  withNumpy('multiplies and solves first of all in a fork of the zygote', () =>
    solvesAtOnce(1, true),
  );

  withNumpy('is left out of the zygote when it has threads, and works', () =>
    solvesAtOnce(2, false),
  );
});
