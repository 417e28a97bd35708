/** A machine that lacks something: a folder that cannot be written, no python3, no pandas. */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEngine, type EngineOptions } from '@belljar/core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { requires } from '../helpers/requires.js';
import { expectNothingLeft, plainPython, useEngines } from '../helpers/test-engine.js';

const open = useEngines();
/** Not below /tmp, which each sandbox has of its own. */
const scratch = mkdtempSync('/var/tmp/belljar-test-');
const environment = { ...process.env };

beforeEach(() => {
  delete process.env.BELLJAR_PYTHON;
});
afterEach(() => {
  for (const name of ['PATH', 'TMPDIR', 'XDG_CACHE_HOME', 'BELLJAR_PYTHON'] as const) {
    if (environment[name] === undefined) delete process.env[name];
    else process.env[name] = environment[name];
  }
});
afterAll(() => {
  rmSync(scratch, { recursive: true, force: true });
});

/** Opens, asks for a sandbox, closes; resolves to what the first call that needs Python said. */
async function firstFailure(options: EngineOptions): Promise<unknown> {
  await using engine = await createEngine(options);
  return await engine.createSandbox().then(
    () => 'a sandbox',
    (error: unknown) => error,
  );
}

const unavailable = { name: 'BelljarError', code: 'RUNTIME_UNAVAILABLE' };

describe('a directory that cannot be written', () => {
  const invalid = { name: 'BelljarError', code: 'INVALID_ARGUMENT' };

  it('is refused when a file is in its place, or on the way to it', async () => {
    const file = join(scratch, 'file');
    writeFileSync(file, '');
    for (const directory of [file, join(file, 'below')]) {
      await expect(createEngine({ directory })).rejects.toMatchObject({
        ...invalid,
        message: expect.stringContaining(directory),
      });
    }
    await expectNothingLeft();
  });

  it('is refused where the kernel lets nobody write', async () => {
    await expect(createEngine({ directory: '/proc/belljar' })).rejects.toMatchObject(invalid);
    await expectNothingLeft();
  });

  it('is made when it can be', async () => {
    const directory = join(scratch, 'made', 'for', 'it');
    await (await open({ directory, onWarning: () => {} })).close();
    expect(existsSync(directory)).toBe(true);
  });

  it('is said for the temporary folder too', async () => {
    const file = join(scratch, 'temporary');
    writeFileSync(file, '');
    process.env.TMPDIR = file;
    expect(await firstFailure({ python: plainPython })).toMatchObject({
      ...unavailable,
      message: expect.stringContaining(file),
      suggestion: expect.stringContaining('TMPDIR'),
    });
  });
});

const asUser = await requires(
  'an ordinary user',
  () => process.getuid?.() !== 0 || 'root may write everywhere; run the tests as another user',
  { optional: 'CI runs the tests as root and as an ordinary user' },
);

asUser('a folder of another user is refused as a directory', async () => {
  const directory = join(scratch, 'read-only');
  mkdirSync(directory);
  chmodSync(directory, 0o555);
  await expect(createEngine({ directory })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
});

describe('no python3', () => {
  it('is said by the first call, with what to install', async () => {
    process.env.PATH = scratch;
    process.env.XDG_CACHE_HOME = scratch;
    expect(await firstFailure({})).toMatchObject({
      ...unavailable,
      suggestion: expect.stringContaining('python3'),
    });
    await expectNothingLeft();
  });

  it('is said of an interpreter that was named and is not there', async () => {
    for (const interpreter of ['/no/such/python', 'no-such-python', scratch]) {
      const failure = await firstFailure({ python: { ...plainPython, interpreter } });
      expect(failure).toMatchObject({
        ...unavailable,
        message: expect.stringContaining(interpreter),
      });
    }
    process.env.BELLJAR_PYTHON = '/no/such/python';
    expect(await firstFailure({})).toMatchObject({
      ...unavailable,
      message: expect.stringContaining('BELLJAR_PYTHON'),
    });
  });

  it('is said of a program that is no Python', async () => {
    for (const interpreter of ['/bin/true', '/bin/false', '/bin/cat', '/bin/sh']) {
      const failure = await firstFailure({ python: { ...plainPython, interpreter } });
      expect(failure).toMatchObject(unavailable);
    }
    await expectNothingLeft();
  });

  it('does not keep an engine from being closed when its interpreter never answers', async () => {
    const interpreter = join(scratch, 'silent');
    writeFileSync(interpreter, '#!/bin/sh\nexec sleep 1000\n', { mode: 0o755 });
    const engine = await createEngine({ python: { ...plainPython, interpreter } });
    const creating = expect(engine.createSandbox()).rejects.toMatchObject({
      code: 'ENGINE_CLOSED',
    });
    await engine.close();
    await creating;
    await expectNothingLeft();
  });

  it('is put right without another engine', async () => {
    process.env.PATH = scratch;
    process.env.XDG_CACHE_HOME = scratch;
    const engine = await open();
    await expect(engine.createSandbox()).rejects.toMatchObject(unavailable);
    process.env.PATH = environment.PATH;
    expect(await (await engine.createSandbox()).execute('6 * 7')).toMatchObject({ status: 'ok' });
  });
});

describe('a Python without pandas', () => {
  const folder = join(scratch, 'bare');

  beforeAll(() => {
    execFileSync('python3', ['-m', 'venv', '--without-pip', folder]);
  });

  it('works, and an import of pandas is an exception of the code', async () => {
    const engine = await open({ python: { interpreter: join(folder, 'bin/python') } });
    const sandbox = await engine.createSandbox();
    expect(await sandbox.execute('import pandas')).toMatchObject({
      status: 'error',
      error: { name: 'ModuleNotFoundError', message: "No module named 'pandas'" },
    });
    expect(await sandbox.execute('import json; json.dumps([1])')).toMatchObject({
      result: { 'text/plain': "'[1]'" },
    });
  });

  it('leaves out of the preload list what it does not have', async () => {
    const python = { interpreter: join(folder, 'bin/python'), preload: ['no_such_module', 'json'] };
    const engine = await open({ python });
    expect(await (await engine.createSandbox()).execute('1')).toMatchObject({ status: 'ok' });
  });
});

describe('a Python that was built for an older kernel, as portable ones are', () => {
  it('works without the calls that its os and signal lack', async () => {
    const folder = join(scratch, 'portable');
    execFileSync('python3', ['-m', 'venv', '--without-pip', folder]);
    const version = readdirSync(join(folder, 'lib'))[0] ?? '';
    const lacking = 'import os, signal\ndel os.pidfd_open, signal.pidfd_send_signal\n';
    writeFileSync(join(folder, 'lib', version, 'site-packages/lacking.pth'), 'import lacking\n');
    writeFileSync(join(folder, 'lib', version, 'site-packages/lacking.py'), lacking);
    const engine = await open({ python: { interpreter: join(folder, 'bin/python') } });
    const sandbox = await engine.createSandbox();
    expect(await sandbox.execute('import os\nhasattr(os, "pidfd_open")')).toMatchObject({
      result: { 'text/plain': 'False' },
    });
    expect(await sandbox.shell('sleep 1000 & echo started')).toMatchObject({ stdout: 'started\n' });
    expect(await engine.doctor()).toMatchObject({ level: 'namespaces' });
  });
});

const oldPython = process.env.BELLJAR_OLD_PYTHON;
const withOldPython = await requires(
  'a Python older than 3.9',
  () => oldPython !== undefined || 'set BELLJAR_OLD_PYTHON to the path of one',
  { optional: 'old interpreters are hard to come by' },
);

withOldPython('a Python that is too old is refused with the version it has to be', async () => {
  const interpreter = oldPython;
  expect(await firstFailure({ python: { ...plainPython, interpreter } })).toMatchObject({
    ...unavailable,
    message: expect.stringMatching(/3\.9/),
  });
  expect(tmpdir()).toMatch(/bjt-/);
});
