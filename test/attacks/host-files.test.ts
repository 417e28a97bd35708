/** Reading and writing outside of the sandbox: by path, descriptor, handle, link and mount. */
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEngine, type Sandbox } from '@belljar/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { readText } from '../helpers/collect.js';
import { requires } from '../helpers/requires.js';
import { useSandboxes } from '../helpers/test-engine.js';
import { verifies } from '../helpers/verifies.js';
import { runOnHost, runSnippet, type Said } from './run-snippet.js';

const create = useSandboxes();
const SECRET = 'the host’s secret';
let sandbox: Sandbox;
let secret: string;
let said: Said;

beforeAll(async () => {
  sandbox = await create();
  const folder = join(tmpdir(), 'host');
  mkdirSync(folder);
  secret = join(folder, 'secret');
  writeFileSync(secret, SECRET, { mode: 0o644 });
  await sandbox.files.write('own', 'my own');
  ({ said } = await runSnippet(sandbox, 'host_files', { secret, own: '/workspace/own' }));
});

describe('files of the host', () => {
  verifies('jail.no-host-files', 'no path leads to one, while the own one is there', async () => {
    expect(said.own).toBe('my own');
    expect(await runOnHost(`print(open(${JSON.stringify(secret)}).read())`)).toBe(SECRET);
    expect(said.opened).toEqual({
      'its path': 'ENOENT',
      'the root of process 1': 'EACCES',
      'the own root': 'ENOENT',
      'the working directory': 'ENOENT',
      'where the old root was': 'ENOENT',
      'where the sandbox was made': 'ENOENT',
      'a thread of process 1': 'EACCES',
    });
  });

  verifies('jail.no-host-files', 'no open descriptor leads to one', () => {
    expect(said.below).toEqual([]);
  });

  verifies('jail.no-host-files', 'no handle, no new root and no hard link leads to one', () => {
    expect(said.by_call).toEqual({
      name_to_handle_at: 'EPERM',
      open_by_handle_at: 'EPERM',
      chroot: 'EPERM',
      pivot_root: 'EPERM',
      'hard link': 'EXDEV',
    });
  });

  verifies('jail.no-host-files', 'the engine’s socket is not there, and cannot be reached', () => {
    expect(said.engine).toEqual({ sockets: [], connect: 'EACCES' });
  });

  verifies('jail.no-host-files', 'three folders can be written, and no others', () => {
    expect(said.writable).toEqual(['/dev/shm', '/tmp', '/workspace']);
    expect(said.tampered).toMatchObject({ chmod: 'EROFS', utime: 'EROFS', rename: 'EROFS' });
    expect(said.tampered?.truncate).toMatch(/^(EROFS|EACCES)$/);
    expect(said.tampered?.['chmod a device']).toMatch(/^(EROFS|EPERM)$/);
    expect(readFileSync(secret, 'utf8')).toBe(SECRET);
  });

  verifies('jail.no-host-files', 'none is read through a link that the code made', async () => {
    const made = await sandbox.execute(`
import os
os.symlink(${JSON.stringify(secret)}, 'link')
os.symlink('/', 'root')
os.symlink('own', 'own-link')`);
    expect(made).toMatchObject({ status: 'ok', files: [] });
    for (const name of ['link', `root${secret}`, 'root/etc/passwd', 'own-link']) {
      await expect(sandbox.files.read(name), name).rejects.toMatchObject({
        code: 'INVALID_ARGUMENT',
      });
    }
    await expect(sandbox.files.write('root/tmp/planted', 'x')).rejects.toThrow();
    expect(Buffer.from(await sandbox.files.read('own')).toString()).toBe('my own');
  });

  verifies('jail.no-host-files', 'a sandbox does not see another’s', async () => {
    const [one, other] = [await create(), await create()];
    const plant = `
for path in ('/workspace/planted', '/tmp/planted', '/dev/shm/planted'):
    open(path, 'w').write('mine')`;
    await one.execute(plant);
    const seen = `
import os
[name for folder in ('/workspace', '/tmp', '/dev/shm') for name in os.listdir(folder)]`;
    expect((await one.execute(seen)).result?.['application/json']).toHaveLength(3);
    expect((await other.execute(seen)).result?.['application/json']).toEqual([]);
  });
});

const withVenv = await requires('python3 -m venv', async (): Promise<true> => {
  await runOnHost('import venv');
  return true;
});

describe('an environment that was made in a project’s folder', () => {
  verifies(
    'jail.no-host-files',
    'shows the environment, and nothing else of the project',
    async () => {
      // Not in /tmp, which each sandbox has of its own.
      const project = mkdtempSync('/var/tmp/belljar-project-');
      try {
        await runOnHost(`import venv; venv.create(${JSON.stringify(project)}, with_pip=False)`);
        writeFileSync(join(project, '.env'), SECRET, { mode: 0o644 });
        mkdirSync(join(project, 'src'));
        chmodSync(project, 0o755);
        const python = { preload: [], poolSize: 0, interpreter: join(project, 'bin/python') };
        await using engine = await createEngine({ python });
        const { result } = await engine.run({
          code: `
import os, subprocess, sys
code = 'import sys; print(sys.prefix)'
said = subprocess.run([sys.executable, '-c', code], capture_output=True, text=True).stdout
[sys.prefix, said.strip(), sorted(os.listdir(sys.prefix))]`,
        });
        const [prefix, said, names] = (result?.['application/json'] ?? []) as unknown[];
        expect([prefix, said]).toEqual([project, project]);
        expect(names).toEqual(expect.arrayContaining(['bin', 'lib', 'pyvenv.cfg']));
        expect(names).not.toContain('.env');
        expect(names).not.toContain('src');
      } finally {
        rmSync(project, { recursive: true });
      }
    },
    { using: withVenv },
  );
});

describe('what a process is started with', () => {
  const kinds = (text: string): string[] =>
    text
      .trim()
      .split('\n')
      .map((line) => line.replace(/\d+/g, 'N'))
      .sort();

  it('code: nothing to read, two pipes, the keeper’s socket', async () => {
    const { stdout } = await sandbox.execute(`
import os
for name in sorted(os.listdir('/proc/self/fd')):
    try: print(os.readlink('/proc/self/fd/' + name))
    except FileNotFoundError: pass`);
    const found = kinds(stdout);
    expect(new Set(found)).toEqual(new Set(['/dev/null', 'pipe:[N]', 'socket:[N]']));
    expect(found.filter((kind) => kind === 'socket:[N]')).toHaveLength(1);
  });

  it('a command: its input and two pipes', async () => {
    const { stdout } = await sandbox.shell('for fd in /proc/$$/fd/*; do readlink $fd; done');
    expect(kinds(stdout).filter((kind) => kind !== 'pipe:[N]')).toEqual([
      expect.stringMatching(/^\/tmp\/#N \(deleted\)$/),
    ]);
  });

  it('a command beside the executions: three pipes', async () => {
    const spawned = await sandbox.spawn('for fd in /proc/$$/fd/*; do readlink $fd; done');
    expect(new Set(kinds(await readText(spawned.stdout)))).toEqual(new Set(['pipe:[N]']));
    await spawned.wait();
  });

  it('nothing of the engine’s environment', async () => {
    process.env.BELLJAR_TEST_SECRET = SECRET;
    try {
      const { stdout } = await sandbox.shell('env; cat /proc/self/environ | tr "\\0" "\\n"');
      expect(stdout).not.toContain(SECRET);
      expect(stdout).toContain('LANG=C.UTF-8');
    } finally {
      delete process.env.BELLJAR_TEST_SECRET;
    }
  });
});

describe('set-user-id programs', () => {
  verifies('jail.no-host-files', 'give nothing', async () => {
    const { stdout } = await sandbox.execute(`
import os
found = [path for folder in ('/usr/bin', '/usr/lib') for path in (entry.path for entry in os.scandir(folder))
         if os.path.isfile(path) and os.stat(path).st_mode & 0o6000]
flags = {name: bool(os.statvfs(name).f_flag & os.ST_NOSUID) for name in ['/usr/bin', '/workspace', '/tmp', '/']}
print(flags)`);
    expect(stdout.trim()).toBe("{'/usr/bin': True, '/workspace': True, '/tmp': True, '/': True}");
  });

  it('of the code’s own making give nothing either', async () => {
    const execution = await sandbox.execute(`
import os, shutil, subprocess
shutil.copy('/usr/bin/id', 'id'); os.chmod('id', 0o6755)
subprocess.run(['./id', '-u'], capture_output=True, text=True).stdout`);
    expect(execution.result?.['text/plain']).toBe("'1000\\n'");
  });
});
