/** `engine.doctor()` on this machine as it is, and where there is no Python to try anything with. */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DoctorReport } from '@belljar/core';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { ownFolders, ownProcesses, plainPython, useEngines } from '../helpers/test-engine.js';

const open = useEngines();
/** Not below /tmp, which each sandbox has of its own. */
const scratch = mkdtempSync('/var/tmp/belljar-test-');
const environment = { ...process.env };

afterEach(() => {
  for (const name of ['PATH', 'XDG_CACHE_HOME', 'BELLJAR_PYTHON'] as const) {
    if (environment[name] === undefined) delete process.env[name];
    else process.env[name] = environment[name];
  }
});
afterAll(() => {
  rmSync(scratch, { recursive: true });
});

function layer(report: DoctorReport, name: string): DoctorReport['layers'][number] | undefined {
  return report.layers.find((one) => one.layer === name);
}

const python = (report: DoctorReport): DoctorReport['runtimes'][number] | undefined =>
  report.runtimes.find(({ language }) => language === 'python');

describe('doctor on this machine', () => {
  it('finds in force what an execution says is in force, and missing what it misses', async () => {
    const engine = await open();
    const report = await engine.doctor();
    const { isolation } = await engine.run({ code: '1' });
    expect(report).toMatchObject({ level: isolation.level, ok: true, weakened: [] });
    for (const name of isolation.layers)
      expect(layer(report, name)).toMatchObject({ inForce: true });
    for (const { layer: name } of isolation.missing) {
      expect(layer(report, name)).toMatchObject({ inForce: false, reason: expect.any(String) });
    }
  });

  it('says what is missing with a reason, and how to get it', async () => {
    const report = await (await open()).doctor();
    const missing = report.layers.filter(({ inForce }) => !inForce);
    for (const { reason } of missing) expect(reason?.length).toBeGreaterThan(10);
    expect(layer(report, 'cgroups')).toMatchObject({ inForce: false, fix: expect.any(String) });
  });

  it('names machine, interpreter and packages', async () => {
    const report = await (await open()).doctor();
    expect(report.machine).toMatchObject({
      platform: 'linux',
      architecture: process.arch,
      node: process.versions.node,
      user: process.geteuid?.() === 0 ? 'root' : 'ordinary',
    });
    expect(python(report)).toMatchObject({
      available: true,
      interpreter: expect.stringContaining('/'),
      version: expect.stringMatching(/^3\.\d+\.\d+$/),
      packages: expect.any(Array),
    });
    expect(report.runtimes.map(({ language }) => language)).toEqual(['python', 'javascript']);
  });

  it('is plain JSON, and the same when it is asked again, also by many at once', async () => {
    const engine = await open();
    const first = await engine.doctor();
    expect(JSON.parse(JSON.stringify(first))).toEqual(first);
    const more = await Promise.all([engine.doctor(), engine.as('someone').doctor()]);
    for (const report of more) expect(report).toEqual(first);
  });

  it('starts no sandbox and leaves nothing behind', async () => {
    const engine = await open({ python: { ...plainPython, poolSize: 0 } });
    await (await engine.createSandbox()).variables();
    const before = { processes: ownProcesses().length, folders: ownFolders() };
    const temporary = new Set(readdirSync('/tmp'));
    await engine.doctor();
    expect({ processes: ownProcesses().length, folders: ownFolders() }).toEqual(before);
    // What another test file's doctor has there meanwhile goes again.
    const left = (name: string) => name.startsWith('belljar-doctor') && !temporary.has(name);
    await expect.poll(() => readdirSync('/tmp').filter(left), { timeout: 20_000 }).toEqual([]);
  });

  it('compares the level with the one that was asked for', async () => {
    const asked = await (await open({ minimumIsolation: 'namespaces' })).doctor();
    expect(asked).toMatchObject({
      minimumIsolation: 'namespaces',
      ok: asked.level === 'namespaces',
    });
  });

  it('is refused by an engine that was closed', async () => {
    const engine = await open();
    await engine.close();
    await expect(engine.doctor()).rejects.toMatchObject({ code: 'ENGINE_CLOSED' });
  });
});

describe('doctor without a Python', () => {
  async function withPython(interpreter?: string): Promise<DoctorReport> {
    return (
      await open({ python: { ...plainPython, ...(interpreter && { interpreter }) } })
    ).doctor();
  }

  function script(name: string, text: string): string {
    const path = join(scratch, name);
    writeFileSync(path, `#!/bin/sh\n${text}\n`, { mode: 0o755 });
    return path;
  }

  it('names the package to install', async () => {
    process.env.PATH = scratch;
    process.env.XDG_CACHE_HOME = scratch;
    delete process.env.BELLJAR_PYTHON;
    const report = await withPython();
    expect(report).toMatchObject({ level: 'none', ok: false });
    expect(python(report)).toMatchObject({
      available: false,
      reason: expect.stringContaining('python3'),
      fix: expect.stringMatching(/Install CPython 3\.9 or newer: .*python3/),
    });
    // Nothing is guessed.
    expect(new Set(report.layers.map(({ inForce }) => inForce))).toEqual(new Set([false]));
    expect(layer(report, 'seccomp')?.reason).toContain('could not be tried');
  });

  it('says it of an interpreter that was named and is not there', async () => {
    const report = await withPython('/no/such/python');
    expect(python(report)?.reason).toContain('/no/such/python');
    expect(report.level).toBe('none');
  });

  it('says it of programs that are no Python, with what they said', async () => {
    for (const [name, text, said] of [
      ['silent', 'exit 0', 'does not answer'],
      ['failing', 'echo "no such library" >&2; exit 127', 'ended with code 127: no such library'],
      ['killed', 'kill -9 $$', 'SIGKILL'],
      ['chatty', 'echo "{ not JSON"', 'does not answer'],
      ['forging', 'echo \'{"implementation":"cpython","version":9}\'', 'does not answer'],
      ['endless', 'exec yes', 'SIGKILL'],
    ] as const) {
      const path = script(name, text);
      expect(python(await withPython(path))).toMatchObject({
        available: false,
        interpreter: path,
        reason: expect.stringContaining(said),
        fix: expect.stringContaining('Install'),
      });
    }
  });

  it('says which version an old one is', async () => {
    const answer = '{"implementation":"cpython","version":"3.8.18","executable":"/old"}';
    const report = await withPython(script('old', `echo '${answer}'`));
    expect(python(report)).toMatchObject({
      available: false,
      version: '3.8.18',
      reason: expect.stringContaining('3.9 or newer'),
    });
  });

  it('says what an incomplete one lacks', async () => {
    const answer =
      '{"implementation":"cpython","version":"3.12.1","executable":"/x","incomplete":"No module named _ctypes"}';
    const report = await withPython(script('incomplete', `echo '${answer}'`));
    expect(python(report)?.reason).toContain('No module named _ctypes');
    expect(report).toMatchObject({ level: 'none', ok: false });
  });
});
