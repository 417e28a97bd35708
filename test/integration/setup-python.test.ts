/** `setupPython()` and `findInterpreter()` with the machine's Python, a real pip and a real index. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import {
  access,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findCommand } from '../../packages/core/src/runtimes/python/environment/find-command.js';
import { findInterpreter } from '../../packages/core/src/runtimes/python/environment/interpreter.js';
import { probeInterpreter } from '../../packages/core/src/runtimes/python/environment/probe-interpreter.js';
import {
  type SetupPythonOptions,
  setupPython,
} from '../../packages/core/src/runtimes/python/environment/setup-python.js';
import { layOutEnvironment } from '../../packages/core/src/runtimes/python/environment/virtual-environment.js';
import { requires } from '../helpers/requires.js';

const run = promisify(execFile);
const smallLock = fileURLToPath(new URL('fixtures/small.lock.txt', import.meta.url));
const builtSetup = new URL(
  '../../packages/core/dist/runtimes/python/environment/setup-python.js',
  import.meta.url,
).href;

const scratch = await mkdtemp(join(tmpdir(), 'belljar-setup-'));
const wheels = join(scratch, 'wheels');
/** The index is asked once, for the one wheel of the small lock; then that folder is the index. */
const offline = { ...process.env, PIP_FIND_LINKS: wheels, PIP_NO_INDEX: '1' };

const withIndex = await requires('python3 with pip and a package index', async () => {
  const made = await setupPython({ lockFile: smallLock, directory: join(scratch, 'first') });
  if (!made.created) return 'the scratch folder was not empty';
  const { facts } = await machinePython();
  const pip = ['download', '--no-deps', '--only-binary', ':all:', '-r', smallLock, '-d', wheels];
  const route = facts.pipFolder
    ? ['-m', 'pip', ...pip]
    : [join(facts.pipWheel ?? '', 'pip'), ...pip];
  await run(facts.executable, route);
  return true;
});

let silentIndex: Server;
let silentUrl: string;
const connections: (() => void)[] = [];

beforeAll(async () => {
  // Takes every request and never answers.
  silentIndex = createServer(() => connections.splice(0).forEach((told) => void told()));
  await new Promise<void>((resolve) => silentIndex.listen(0, '127.0.0.1', resolve));
  silentUrl = `http://127.0.0.1:${(silentIndex.address() as AddressInfo).port}/simple`;
});

afterAll(async () => {
  silentIndex.closeAllConnections();
  silentIndex.close();
  await rm(scratch, { recursive: true, force: true });
});

function untilAsked(): Promise<void> {
  return new Promise((resolve) => connections.push(resolve));
}

function stalled(): NodeJS.ProcessEnv {
  const { PIP_FIND_LINKS: _, ...env } = process.env;
  return { ...env, PIP_INDEX_URL: silentUrl, PIP_DEFAULT_TIMEOUT: '600' };
}

async function machinePython() {
  const command = (await findCommand('python3', process.env)) ?? 'python3';
  return { command, facts: await probeInterpreter(command, process.env, undefined) };
}

function folder(name: string): Promise<string> {
  return mkdtemp(join(scratch, `${name}-`));
}

function small(directory: string, more: SetupPythonOptions = {}): SetupPythonOptions {
  return { lockFile: smallLock, directory, env: offline, ...more };
}

/** Starts a process that calls the built `setupPython` and prints its outcome as JSON. */
function startProcess(options: SetupPythonOptions): ChildProcess {
  const program = `
    import { setupPython } from ${JSON.stringify(builtSetup)};
    console.log(JSON.stringify(await setupPython(${JSON.stringify(options)})));`;
  return spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

async function outcomeOf(child: ChildProcess): Promise<{ key: string; created: boolean }> {
  let text = '';
  for await (const chunk of child.stdout ?? []) text += chunk;
  return JSON.parse(text);
}

/** Processes whose command line mentions the folder. */
async function processesOf(directory: string): Promise<string[]> {
  const found: string[] = [];
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    if (Number(pid) === process.pid) continue;
    try {
      if (readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(directory)) found.push(pid);
    } catch {
      // It ended while it was looked at.
    }
  }
  return found;
}

const leftovers = async (directory: string) =>
  (await readdir(directory)).filter((name) => /\.draft-|\.lock$|trial/.test(name));

/** An interpreter of its own, on the machine's Python, whose modules can be hidden or added. */
async function interpreterWithout(modules: string[], oldPip = false): Promise<string> {
  const { facts } = await machinePython();
  const base = await folder('python');
  await layOutEnvironment(base, facts);
  const minor = facts.version.split('.').slice(0, 2).join('.');
  const packages = join(base, 'lib', `python${minor}`, 'site-packages');
  const hidden = JSON.stringify(modules);
  await writeFile(
    join(packages, 'hide.pth'),
    `import sys; sys.modules.update(dict.fromkeys(${hidden}))\n`,
  );
  if (oldPip && facts.pipFolder) {
    cpSync(facts.pipFolder, join(packages, 'pip'), { recursive: true });
    const path = join(packages, 'pip', '__init__.py');
    const text = readFileSync(path, 'utf8');
    writeFileSync(path, text.replace(/__version__ = .*/, '__version__ = "21.0"'));
  }
  return join(base, 'bin', 'python');
}

const reasonOf = (attempt: Promise<unknown>) =>
  attempt.then(
    () => 'it worked',
    (error) => (error.code === 'RUNTIME_UNAVAILABLE' ? error.details.reason : error),
  );

describe('setupPython', () => {
  withIndex('makes an environment, finds it again, and says what it does', async () => {
    const directory = await folder('plain');
    const lines: string[] = [];
    const made = await setupPython(small(directory, { onProgress: (line) => lines.push(line) }));
    expect(made).toMatchObject({
      created: true,
      packages: [{ name: 'cycler', version: '0.12.1' }],
      interpreter: join(directory, made.key, 'bin', 'python'),
    });
    expect(lines[0]).toMatch(/^Making a Python 3\.\d+\.\d+ environment/);
    expect(lines).toContain('Unpacking 1 packages');
    expect(lines.at(-1)).toMatch(/^Python is ready/);
    expect(await leftovers(directory)).toEqual([]);

    const { stdout } = await run(made.interpreter, [
      '-c',
      'import cycler, sys, os; print(cycler.__file__, sys.prefix != sys.base_prefix, os.path.exists(cycler.__cached__))',
    ]);
    const [file, isVirtual, isCompiled] = stdout.trim().split(' ');
    expect(file).toContain(join(directory, made.key));
    expect([isVirtual, isCompiled]).toEqual(['True', 'True']);

    const again = await setupPython(small(directory, { onProgress: (line) => lines.push(line) }));
    expect(again).toEqual({ ...made, created: false });
    expect(lines.at(-1)).toMatch(/^Python is ready/);
  });

  withIndex('lets one of two processes make it while the other waits', async () => {
    const directory = await folder('two');
    const options = { lockFile: smallLock, directory, env: offline };
    const outcomes = await Promise.all([
      outcomeOf(startProcess(options)),
      outcomeOf(startProcess(options)),
    ]);
    expect(outcomes.map(({ created }) => created).sort()).toEqual([false, true]);
    expect(outcomes[0]?.key).toBe(outcomes[1]?.key);
    expect(await leftovers(directory)).toEqual([]);
  });

  withIndex('does again what a killed process left half made, and its pip is gone', async () => {
    const directory = await folder('killed');
    const asked = untilAsked();
    const child = startProcess({ lockFile: smallLock, directory, env: stalled() });
    await asked;
    expect(await leftovers(directory)).toHaveLength(2);
    const ended = new Promise((resolve) => child.once('close', resolve));
    child.kill('SIGKILL');
    await ended;
    await expect.poll(() => processesOf(directory)).toEqual([]);

    expect(await setupPython(small(directory))).toMatchObject({ created: true });
    expect(await leftovers(directory)).toEqual([]);
  });

  withIndex('replaces an environment whose interpreter is gone', async () => {
    const directory = await folder('dangling');
    const { key, interpreter } = await setupPython(small(directory));
    await rm(interpreter);
    await symlink('/nowhere/python3', interpreter);
    expect((await findInterpreter(small(directory))).from).not.toBe('environment');
    expect(await setupPython(small(directory))).toMatchObject({ created: true, key });
    await access(interpreter);
  });

  withIndex('ends its children and leaves nothing when it is aborted', async () => {
    const directory = await folder('aborted');
    const controller = new AbortController();
    const asked = untilAsked();
    const attempt = setupPython(
      small(directory, { env: stalled(), signal: controller.signal }),
    ).catch((error) => error);
    await asked;
    expect(await processesOf(directory)).toHaveLength(1);
    controller.abort(new Error('enough'));
    expect(await attempt).toMatchObject({ message: 'enough' });
    expect(await processesOf(directory)).toEqual([]);
    expect(await leftovers(directory)).toEqual([]);
  });

  it('does nothing when the signal is aborted already', async () => {
    const directory = join(scratch, 'never');
    const attempt = setupPython(small(directory, { signal: AbortSignal.abort() }));
    await expect(attempt).rejects.toMatchObject({ name: 'AbortError' });
    await expect(access(directory)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  withIndex(
    'needs no module venv, and takes the pip of ensurepip where there is no pip',
    async () => {
      const interpreter = await interpreterWithout(['venv', 'pip']);
      const made = await setupPython(small(await folder('no-venv'), { interpreter }));
      expect(made.packages.map(({ name }) => name)).toEqual(['cycler']);
    },
  );

  withIndex('installs with an old pip where there is neither venv nor ensurepip', async () => {
    const interpreter = await interpreterWithout(['venv', 'ensurepip'], true);
    const made = await setupPython(small(await folder('old-pip'), { interpreter }));
    expect(made.packages.map(({ name }) => name)).toEqual(['cycler']);
    await run(made.interpreter, ['-c', 'import cycler']);
  });

  it('says what to install where there is neither pip nor ensurepip', async () => {
    const interpreter = await interpreterWithout(['pip', 'ensurepip']);
    const directory = await folder('no-pip');
    const error = await setupPython(small(directory, { interpreter })).catch((e) => e);
    expect(error).toMatchObject({
      code: 'RUNTIME_UNAVAILABLE',
      details: { reason: 'pip-missing' },
    });
    expect(error.message).toContain('apt install python3-pip');
    expect(await leftovers(directory)).toEqual([]);
  });
});

describe('what setupPython throws', () => {
  withIndex('tells an index that cannot be reached', async () => {
    const { PIP_FIND_LINKS: _, ...env } = process.env;
    const closed = {
      ...env,
      PIP_INDEX_URL: 'http://name:secret@127.0.0.1:9/simple',
      PIP_RETRIES: '1',
    };
    const directory = await folder('closed');
    const error = await setupPython(small(directory, { env: closed })).catch((e) => e);
    expect(error).toMatchObject({
      code: 'RUNTIME_UNAVAILABLE',
      details: { reason: 'index-unreachable' },
    });
    expect(JSON.stringify(error.details)).not.toContain('secret');
    expect(await leftovers(directory)).toEqual([]);
  });

  withIndex('tells bytes that are not those of the lock', async () => {
    const lockFile = join(scratch, 'other-hash.txt');
    await writeFile(lockFile, `cycler==0.12.1 --hash=sha256:${'0'.repeat(64)}\n`);
    const attempt = setupPython(small(await folder('hash'), { lockFile }));
    expect(await reasonOf(attempt)).toBe('hash-mismatch');
  });

  withIndex('tells a version that the index has no wheel of', async () => {
    const lockFile = join(scratch, 'no-wheel.txt');
    await writeFile(lockFile, `cycler==99.0 --hash=sha256:${'0'.repeat(64)}\n`);
    const attempt = setupPython(small(await folder('wheel'), { lockFile }));
    expect(await reasonOf(attempt)).toBe('no-wheel');
  });

  it('tells a folder that cannot be written', async () => {
    const directory = join(scratch, 'a-file', 'python');
    await writeFile(join(scratch, 'a-file'), '');
    expect(await reasonOf(setupPython(small(directory)))).toBe('not-writable');
  });

  it('tells an interpreter that is missing, too old, or no Python', async () => {
    const directory = join(scratch, 'unused');
    const attempt = (interpreter: string) =>
      reasonOf(setupPython(small(directory, { interpreter })));
    expect(await attempt('/nowhere/python3')).toBe('python-missing');
    expect(await attempt('no-such-python')).toBe('python-missing');
    const old = join(scratch, 'old-python');
    const facts = JSON.stringify({ implementation: 'cpython', version: '3.8.18' });
    await writeFile(old, `#!/bin/sh\necho '${facts}'\n`, { mode: 0o755 });
    expect(await attempt(old)).toBe('python-unsuitable');
    expect(await attempt('/bin/true')).toBe('python-unsuitable');
  });
});

describe('findInterpreter', () => {
  const program = async (path: string) => {
    await mkdir(join(path, '..'), { recursive: true });
    await writeFile(path, '#!/bin/sh\n', { mode: 0o755 });
    return path;
  };

  withIndex(
    'takes the option, then the variable, then the environment, then the path',
    async () => {
      const directory = await folder('order');
      const named = await program(join(directory, 'bin', 'named'));
      const onPath = await program(join(directory, 'bin', 'python3'));
      const env = { PATH: `:relative:${join(directory, 'bin')}` };
      const find = (more: object) =>
        findInterpreter({ directory, lockFile: smallLock, env, ...more });

      expect(await find({})).toEqual({ command: onPath, from: 'path' });
      const { interpreter } = await setupPython(small(directory));
      expect(await find({})).toEqual({ command: interpreter, from: 'environment' });
      const variable = { env: { ...env, BELLJAR_PYTHON: named } };
      expect(await find(variable)).toEqual({ command: named, from: 'BELLJAR_PYTHON' });
      expect(await find({ ...variable, interpreter: 'python3' })).toEqual({
        command: onPath,
        from: 'option',
      });
      const otherLock = join(directory, 'other.lock.txt');
      await writeFile(otherLock, '');
      expect((await find({ lockFile: otherLock })).from).toBe('path');
    },
  );

  it('takes no other interpreter for one that was named and is not there', async () => {
    const missing = { PATH: process.env.PATH, BELLJAR_PYTHON: '/nowhere/python' };
    expect(await reasonOf(findInterpreter({ env: missing }))).toBe('python-missing');
    expect(await reasonOf(findInterpreter({ interpreter: '/nowhere/python' }))).toBe(
      'python-missing',
    );
    const empty = { PATH: scratch, XDG_CACHE_HOME: scratch };
    expect(await reasonOf(findInterpreter({ env: empty }))).toBe('python-missing');
  });

  it('sees through the shims of pyenv without starting them', async () => {
    const root = await folder('pyenv');
    const shim = await program(join(root, 'shims', 'python3'));
    const behind = await program(join(root, 'versions', '3.12.1', 'bin', 'python3'));
    const system = await program(join(root, 'system', 'python3'));
    const path = `${join(root, 'shims')}:${join(root, 'system')}`;
    const find = async (version: string) => {
      const env = { PATH: path, PYENV_ROOT: root, PYENV_VERSION: version, XDG_CACHE_HOME: root };
      return (await findInterpreter({ env })).command;
    };
    expect(await find('3.12.1')).toBe(behind);
    expect(await find('system')).toBe(system);
    expect(await find('3.12')).toBe(shim);
  });

  it('ignores a pointer that was tampered with', async () => {
    const directory = await folder('pointer');
    const onPath = await program(join(directory, 'bin', 'python3'));
    const { readPackageLock } = await import(
      '../../packages/core/src/runtimes/python/environment/package-lock.js'
    );
    const { hash } = await readPackageLock(smallLock);
    for (const text of ['', '{}', '{"key":"../bin/..","source":""}', '[1']) {
      await writeFile(join(directory, `current-${hash}.json`), text);
      const env = { PATH: join(directory, 'bin') };
      const found = await findInterpreter({ directory, lockFile: smallLock, env });
      expect(found).toEqual({ command: onPath, from: 'path' });
    }
  });
});

describe('the data packages', () => {
  it('are locked with hashes, wheels of many platforms, and no address', async () => {
    const path = new URL('../../packages/core/python/data-packages.lock.txt', import.meta.url);
    const text = await readFile(path, 'utf8');
    expect(text).not.toMatch(/https?:|index|find-links/i);
    const requirements = text
      .replaceAll(/\\\n/g, '')
      .split('\n')
      .filter((line) => /^\w/.test(line));
    expect(requirements.length).toBeGreaterThan(30);
    for (const line of requirements) {
      expect(line).toMatch(/^[\w.-]+==[\w.]+( ; .*?)?(\s+--hash=sha256:[0-9a-f]{64})+$/);
    }
  });

  withIndex(
    'install from the index into the user cache, load, and are found at once afterwards',
    async () => {
      const made = await setupPython();
      const names = made.packages.map(({ name }) => name);
      expect(names).toEqual(expect.arrayContaining(['numpy', 'pandas', 'matplotlib', 'scipy']));
      const prefix = join(made.interpreter, '..', '..');
      expect(await readdir(join(prefix, 'matplotlib'))).toContainEqual(
        expect.stringMatching(/^fontlist-.*\.json$/),
      );
      const { stdout } = await run(made.interpreter, [
        ...['-c', 'import pandas as pd; print(pd.DataFrame({"a": [1, 2]}).a.sum())'],
      ]);
      expect(stdout.trim()).toBe('3');

      const started = performance.now();
      expect(await setupPython()).toMatchObject({ created: false, key: made.key });
      expect(performance.now() - started).toBeLessThan(1_000);
      const found = await findInterpreter({ env: { ...process.env, BELLJAR_PYTHON: '' } });
      expect(found).toEqual({ command: made.interpreter, from: 'environment' });
    },
    300_000,
  );
});
