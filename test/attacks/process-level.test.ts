/** Level `process`: what it says of itself, what it holds, and that nothing of it is left. */
import {
  existsSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { createEngine, type EngineWarning, type Sandbox } from '@belljar/core';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { ownProcesses, useEngines, withoutJail } from '../helpers/test-engine.js';
import { verifies } from '../helpers/verifies.js';
import { type EngineProcess, line, runEngine, startEngine } from './run-engine.js';
import { hostPython } from './run-snippet.js';

const open = useEngines();
const language = 'javascript';
const MIB = 1024 * 1024;

async function create(limits = {}): Promise<Sandbox> {
  return (await open(withoutJail)).createSandbox({ language, limits });
}

describe('what is said', () => {
  verifies('jail.fails-closed', 'JavaScript runs without a jail only by name', async () => {
    for (const minimumIsolation of [undefined, 'confined', 'namespaces'] as const) {
      const engine = await open({ ...withoutJail, minimumIsolation });
      await expect(engine.createSandbox({ language })).rejects.toMatchObject({
        code: 'RUNTIME_UNAVAILABLE',
        message: expect.stringContaining('/nowhere/python3'),
        suggestion: expect.stringContaining("minimumIsolation: 'process'"),
      });
    }
  });

  verifies('jail.fails-closed', 'each result says what is in force, and what is not', async () => {
    const warnings: EngineWarning[] = [];
    const onWarning = (warning: EngineWarning) => warnings.push(warning);
    const engine = await open({ ...withoutJail, onWarning });
    for (const sandbox of [
      await engine.createSandbox({ language }),
      await engine.createSandbox({ language }),
    ]) {
      const { isolation } = await sandbox.execute('1');
      expect(isolation.level).toBe('process');
      expect(isolation.layers).toContain('permission-model');
      expect(isolation.missing.map(({ layer }) => layer)).toEqual(
        expect.arrayContaining(['seccomp', 'landlock', 'network-namespace']),
      );
      expect(isolation.weakened).toEqual(
        expect.arrayContaining([
          ...['jail.no-network', 'jail.no-host-files', 'jail.no-host-processes'],
          ...['jail.kernel-surface', 'limits.enforced'],
        ]),
      );
    }
    const own = warnings.filter(({ message }) => message.includes("'process'"));
    expect(own).toMatchObject([
      { code: 'ISOLATION_WEAKENED', message: expect.stringContaining('jail.no-network') },
    ]);
  });

  verifies(
    'jail.fails-closed',
    'what can be in a jail is in one, whatever is allowed',
    async () => {
      const engine = await open({ minimumIsolation: 'process', onWarning: () => {} });
      for (const one of ['python', 'javascript'] as const) {
        const { isolation } = await (await engine.createSandbox({ language: one })).execute('1');
        expect(isolation.level).toMatch(/^(namespaces|confined)$/);
      }
    },
  );

  verifies(
    'jail.fails-closed',
    'Python is refused where it has no jail, and JavaScript runs',
    async () => {
      const filter = fileURLToPath(new URL('snippets/under_filter.py', import.meta.url));
      const program = `
import { createEngine } from '@belljar/core';
await using engine = await createEngine({ minimumIsolation: 'process', onWarning: () => {} });
const said = [(await engine.run({ language: 'javascript', code: '6 * 7' })).result['text/plain']];
await engine.createSandbox().catch((error) => said.push(error.code, error.message));
console.log(JSON.stringify(said));`;
      const said = await runEngine(program, [hostPython, filter, 'seccomp', '1']);
      expect(said).toEqual(['42', 'ISOLATION_UNAVAILABLE', expect.stringMatching(/\w+ \w+ \w+/)]);
    },
  );
});

describe('a machine without Linux', () => {
  /** The same files under another name of the platform: no such machine is here. */
  const elsewhere = (platform: string, body: string): string => `
Object.defineProperty(process, 'platform', { value: ${JSON.stringify(platform)} });
process.env.npm_config_platform = 'linux'; // isolated-vm as built for this machine
const { createEngine } = await import('@belljar/core');
const said = [];
const refused = (error) => said.push([error.code, error.suggestion]);
const options = { minimumIsolation: 'process', onWarning: () => {} };
${body}
console.log(JSON.stringify(said));`;
  const refusedThere = [
    'ISOLATION_UNAVAILABLE',
    expect.stringContaining("minimumIsolation: 'process'"),
  ];

  it('has JavaScript by name, and no Python', async () => {
    const said = await runEngine(
      elsewhere(
        'darwin',
        `await createEngine().catch(refused);
await using engine = await createEngine(options);
await engine.createSandbox().catch(refused);
const sandbox = await engine.createSandbox({ language: 'javascript' });
const { result, isolation, usage } = await sandbox.execute('let x = 41; x + 1');
said.push([result['text/plain'], isolation.level, usage.peakMemoryBytes > 1e6]);`,
      ),
    );
    const noPython = ['ISOLATION_UNAVAILABLE', expect.stringContaining("'javascript'")];
    expect(said).toEqual([refusedThere, noPython, ['42', 'process', true]]);
  });

  it('is refused altogether where it has no signals', async () => {
    const said = await runEngine(elsewhere('win32', 'await createEngine(options).catch(refused);'));
    expect(said).toEqual([refusedThere]);
  });
});

describe('limits', () => {
  it('end code that fills the heap, and say so', async () => {
    const sandbox = await create({ memoryBytes: 64 * MIB });
    await sandbox.execute("fs.writeFileSync('kept.txt', 'k')");
    for (const code of [
      'const all = []; while (true) all.push(new Array(1000).fill(all))',
      'new Uint8Array(new WebAssembly.Memory({ initial: 16000 }).buffer).fill(1)',
    ]) {
      const execution = await sandbox.execute(code);
      expect(execution).toMatchObject({ status: 'out-of-memory', rolledBack: true });
    }
    expect(await sandbox.execute("fs.readFileSync('kept.txt', 'utf8')")).toMatchObject({
      status: 'ok',
      result: { 'text/plain': "'k'" },
    });
  });

  it('keep the workspace small, and leave what fits', async () => {
    const sandbox = await create({ workspaceBytes: 100_000, workspaceFiles: 5 });
    expect(await sandbox.execute("fs.writeFileSync('a', 'x'.repeat(90_000))")).toMatchObject({
      status: 'ok',
    });
    const { error, files } = await sandbox.execute("fs.writeFileSync('b', 'x'.repeat(20_000))");
    expect([error?.message, files]).toEqual([expect.stringMatching(/^ENOSPC/), []]);
    const many = "for (let i = 0; ; i++) fs.writeFileSync('f' + i, '')";
    expect((await sandbox.execute(many)).error?.message).toMatch(/^ENOSPC/);
    await expect(sandbox.files.write('c', 'x'.repeat(20_000))).rejects.toMatchObject({
      code: 'FILES_LIMIT',
    });
    expect((await sandbox.files.list()).length).toBe(5);
  });

  it('of time end code that runs, and code that waits, and the state is as before', async () => {
    const sandbox = await create();
    await sandbox.execute('let kept = 1');
    for (const code of [
      'while (true) {}',
      'await new Promise((resolve) => setTimeout(resolve, 1e6))',
      'setInterval(() => {}, 5)',
    ]) {
      const execution = await sandbox.execute({ code, timeoutMs: 100 });
      expect(execution).toMatchObject({ status: 'timeout', rolledBack: true, survival: undefined });
    }
    expect((await sandbox.execute('kept')).result).toMatchObject({ 'text/plain': '1' });
    const { status } = await sandbox.execute({ code: 'while (true) {}', timeoutMs: 0.01 });
    expect(status).toBe('timeout');
    expect((await sandbox.execute('6 * 7')).result).toMatchObject({ 'text/plain': '42' });
  });

  it('of time keep what was printed until then', async () => {
    const sandbox = await create();
    const code = "await 1; console.log('running'); while (true) {}";
    expect(await sandbox.execute({ code, timeoutMs: 100 })).toMatchObject({
      status: 'timeout',
      stdout: 'running\n',
      rolledBack: true,
    });
    const controller = new AbortController();
    const execution = await sandbox.execute({
      code,
      signal: controller.signal,
      onStdout: () => controller.abort(),
    });
    expect(execution).toMatchObject({ status: 'cancelled', rolledBack: true });
    expect(await sandbox.execute('1')).toMatchObject({ status: 'ok', survival: undefined });
  });
});

describe('the temporary folder', () => {
  it('must not be a pattern for the permission model', async () => {
    const before = process.env.TMPDIR;
    const folder = mkdtempSync(`${tmpdir()}/a*b,`);
    const engine = await open(withoutJail);
    process.env.TMPDIR = folder;
    await expect(engine.createSandbox({ language })).rejects.toMatchObject({
      code: 'RUNTIME_UNAVAILABLE',
      suggestion: expect.stringContaining('TMPDIR'),
    });
    process.env.TMPDIR = before;
    expect(readdirSync(folder)).toEqual([]);
    rmSync(folder, { recursive: true });
  });
});

describe('the process', () => {
  const isSession = (pid: number): boolean =>
    readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('javascript-host');

  /** A sandbox of an engine of its own, and the process that is its session. */
  async function start() {
    const before = new Set(ownProcesses());
    const engine = await createEngine(withoutJail);
    const sandbox = await engine.createSandbox({ language });
    const made = ownProcesses().filter((pid) => !before.has(pid) && isSession(pid));
    expect(made).toHaveLength(1);
    return { engine, sandbox, pid: made[0] as number };
  }

  it('has an empty environment, its own channel, and nothing of the engine’s', async () => {
    const secret = openSync(fileURLToPath(import.meta.url), 'r');
    process.env.BELLJAR_TEST_SECRET = 'in the environment';
    const { engine, pid } = await start();
    await using _ = engine;
    delete process.env.BELLJAR_TEST_SECRET;
    expect(readFileSync(`/proc/${pid}/environ`, 'utf8')).not.toContain('in the environment');
    const own = readdirSync(`/proc/${pid}/fd`).map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`));
    expect(own).not.toContain(readlinkSync(`/proc/self/fd/${secret}`));
    expect(own.filter((path) => path.startsWith('/'))).toEqual(
      own.filter((path) => path === '/dev/null'),
    );
    const flags = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
    const folder = readlinkSync(`/proc/${pid}/cwd`);
    expect(flags).toContain('--permission');
    expect(flags.filter((flag) => flag.startsWith('--allow-fs-write'))).toEqual([
      `--allow-fs-write=${folder}`,
      '--allow-fs-write=/dev/null',
    ]);
    const [host, addon, ...rest] = flags.filter((flag) => flag.startsWith('--allow-fs-read'));
    expect([host, addon]).toEqual([
      expect.stringMatching(/javascript-host\.cjs$/),
      expect.stringMatching(/isolated-vm.*\.node$/),
    ]);
    expect(rest.filter((flag) => !/javascript-guest[-a-z]*\.js$/.test(flag))).toEqual([
      `--allow-fs-read=${folder}`,
    ]);
  });

  it('that is killed comes back with variables and files', async () => {
    const { engine, sandbox, pid } = await start();
    await using _ = engine;
    await sandbox.execute("let x = 1; fs.writeFileSync('a', 'a')");
    process.kill(pid, 'SIGKILL');
    await vi.waitFor(() => expect(existsSync(`/proc/${pid}`)).toBe(false), { interval: 5 });
    const next = await sandbox.execute('typeof x + fs.readFileSync("a")');
    expect(next.result).toMatchObject({ 'text/plain': "'numbera'" });
    expect(next.survival).toBeUndefined();
  });
});

describe('nothing is left when', () => {
  const program = `
import { createEngine } from '@belljar/core';
const python = { interpreter: '/nowhere/python3' };
const engine = await createEngine({ minimumIsolation: 'process', python, onWarning: () => {} });
process.on('SIGTERM', () => engine.close());
const sandbox = await engine.createSandbox({ language: 'javascript' });
await (await engine.createSandbox({ language: 'javascript' })).files.write('kept', 'x');
const code = "await 1; fs.mkdirSync('a/b', { recursive: true }); console.log('running'); for (;;) {}";
await sandbox.execute({ code, timeoutMs: 600_000, onStdout: () => console.log('READY') }).catch(() => {});`;
  const before = process.env.TMPDIR;
  let folder: string;
  let engine: EngineProcess | undefined;

  afterEach(() => {
    engine?.kill('SIGKILL');
    rmSync(folder, { recursive: true });
    process.env.TMPDIR = before;
  });
  afterAll(() => {
    if (before === undefined) delete process.env.TMPDIR;
  });

  /** Processes below another one, with their commands. */
  const below = (parent: number): number[] =>
    readdirSync('/proc')
      .filter((pid) => {
        try {
          return readFileSync(`/proc/${pid}/status`, 'utf8').includes(`\nPPid:\t${parent}\n`);
        } catch {
          return false;
        }
      })
      .map(Number);
  const lives = (pid: number): boolean => {
    try {
      return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
    } catch {
      return false;
    }
  };

  it.each([
    ['the engine is killed', 'SIGKILL'],
    ['the engine is interrupted', 'SIGINT'],
    ['the engine closes', 'SIGTERM'],
  ] as const)('%s', async (_, signal) => {
    folder = mkdtempSync(`${tmpdir()}/bjp-`);
    process.env.TMPDIR = folder;
    engine = startEngine(program);
    await line(engine, 'READY');
    const all = below(engine.pid as number);
    expect(all.filter(lives).length).toBeGreaterThanOrEqual(4);
    expect(
      readdirSync(folder).filter((name) => name.startsWith('belljar-')).length,
    ).toBeGreaterThan(1);
    engine.kill(signal);
    await vi.waitFor(() => expect([all.filter(lives), readdirSync(folder)]).toEqual([[], []]), {
      timeout: 5_000,
      interval: 5,
    });
  });
});
