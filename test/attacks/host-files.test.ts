/** Reading and writing outside of the sandbox: by path, descriptor, handle, link and mount. */
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { createEngine, type Sandbox } from '@belljar/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readText } from '../helpers/collect.js';
import { byLevel, isConfined } from '../helpers/level.js';
import { requires } from '../helpers/requires.js';
import { useSandboxes } from '../helpers/test-engine.js';
import { verifies } from '../helpers/verifies.js';
import { runOnHost, runSnippet, type Said } from './run-snippet.js';

const create = useSandboxes();
const SECRET = 'the host’s secret';
let sandbox: Sandbox;
let secret: string;
let said: Said;
let before: ReturnType<typeof statSync>;

beforeAll(async () => {
  sandbox = await create();
  // Its modes keep nobody away: what keeps the code away is the jail.
  const folder = mkdtempSync('/var/tmp/belljar-host-');
  chmodSync(folder, 0o777);
  secret = join(folder, 'secret');
  writeFileSync(secret, SECRET);
  chmodSync(secret, 0o666);
  before = statSync(secret);
  await sandbox.files.write('own', 'my own');
  ({ said } = await runSnippet(sandbox, 'host_files', { secret, own: 'own' }));
});

afterAll(() => rmSync(dirname(secret), { recursive: true }));

describe('files of the host', () => {
  verifies('jail.no-host-files', 'no path leads to one, while the own one is there', async () => {
    expect(said.own).toBe('my own');
    expect(await runOnHost(`print(open(${JSON.stringify(secret)}).read())`)).toBe(SECRET);
    expect(said.opened).toEqual({
      'its path': byLevel('ENOENT', 'EACCES'),
      'the root of process 1': 'EACCES',
      'the own root': byLevel('ENOENT', 'EACCES'),
      'the working directory': byLevel('ENOENT', 'EACCES'),
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
      // What protects hard links of others' files comes first.
      'hard link': expect.stringMatching(byLevel(/^EXDEV$/, /^(EXDEV|EPERM)$/)),
    });
  });

  verifies('jail.no-host-files', 'the engine’s socket is not there, and cannot be reached', () => {
    expect(said.engine).toEqual({ sockets: [], connect: 'EACCES' });
  });

  verifies('jail.no-host-files', 'the own folders can be written, and no others', async () => {
    const { result } = await sandbox.execute('import os; [os.getcwd(), os.environ["TMPDIR"]]');
    const own = result?.['application/json'] as string[];
    expect(said.writable).toEqual(byLevel(['/dev/shm', '/tmp', '/workspace'], own.sort()));
  });

  verifies('jail.no-host-files', 'no file is changed, also not without opening it', () => {
    const allowed = Object.entries(said.tampered ?? {}).filter(
      ([, answer]) => !['EROFS', 'EACCES', 'EPERM', 'EXDEV', 'ENOENT'].includes(String(answer)),
    );
    expect(allowed).toEqual([]);
    expect(readFileSync(secret, 'utf8')).toBe(SECRET);
    const { mode, mtimeMs, gid, nlink, size } = statSync(secret);
    expect({ mode, mtimeMs, gid, nlink, size }).toEqual({
      mode: before?.mode,
      mtimeMs: before?.mtimeMs,
      gid: before?.gid,
      nlink: 1,
      size: Buffer.byteLength(SECRET),
    });
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
    await expect(sandbox.files.write(`root${secret}`, 'x')).rejects.toThrow();
    await expect(sandbox.files.remove(`root${secret}`)).resolves.toBe(false);
    expect(Buffer.from(await sandbox.files.read('own')).toString()).toBe('my own');
  });

  verifies('jail.no-host-files', 'a sandbox does not see another’s', async () => {
    const [one, other] = [await create(), await create()];
    const folders = `
import os
folders = ['.', os.environ['TMPDIR']] + ${isConfined ? '[]' : "['/dev/shm']"}
`;
    const plant = `${folders}
for folder in folders: open(folder + '/planted', 'w').write('mine')
[os.path.realpath(folder) for folder in folders]`;
    const planted = (await one.execute(plant)).result?.['application/json'] as string[];
    const seen = `${folders}\n[name for folder in folders for name in os.listdir(folder)]`;
    expect((await one.execute(seen)).result?.['application/json']).toHaveLength(planted.length);
    expect((await other.execute(seen)).result?.['application/json']).toEqual([]);
    // By its path, and its folder by any way of asking.
    const reach = `
import errno, os
def attempt(function, *arguments):
    try: return str(function(*arguments))
    except OSError as error: return errno.errorcode[error.errno]
[[attempt(open, path + '/planted'), attempt(open, path + '/new', 'w'), attempt(os.listdir, path),
  attempt(os.chmod, path, 0o777), attempt(os.chmod, path + '/planted', 0o666), attempt(os.rmdir, path),
  attempt(os.listdir, path + '/..'), attempt(os.rename, path + '/planted', 'taken')] for path in ${JSON.stringify(planted)}]`;
    const answers = (await other.execute(reach)).result?.['application/json'] as string[][];
    const refused = byLevel(
      ['ENOENT', 'EPERM', 'EACCES', 'EXDEV', 'EBUSY'],
      ['EACCES', 'EPERM', 'EXDEV'],
    );
    if (isConfined) expect(answers.flat().filter((said) => !refused.includes(said))).toEqual([]);
    expect((await one.execute("open('planted').read()")).result?.['text/plain']).toBe("'mine'");
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
def there(name):
    try: open(os.path.join(sys.prefix, name)).close()
    except IsADirectoryError: pass
    except OSError as error: return False
    return True
names = ('bin', 'lib', 'pyvenv.cfg', '.env', 'src')
for name in ('pyvenv.cfg', 'lib'):  # what may be read may not be changed by its descriptor either
    descriptor = os.open(os.path.join(sys.prefix, name), os.O_RDONLY)
    for change in (lambda: os.fchmod(descriptor, 0o777), lambda: os.utime(descriptor, (1, 1)),
                   lambda: os.fchown(descriptor, -1, os.getgid())):
        try: change()
        except OSError: pass
[sys.prefix, said.strip(), [name for name in names if there(name)]]`,
        });
        const [prefix, said, names] = (result?.['application/json'] ?? []) as unknown[];
        expect([prefix, said]).toEqual([project, project]);
        expect(names).toEqual(['bin', 'lib', 'pyvenv.cfg']);
        for (const name of ['pyvenv.cfg', 'lib']) {
          const { mode, mtimeMs } = statSync(join(project, name));
          expect([mode & 0o022, mtimeMs > 1_000]).toEqual([0, true]);
        }
      } finally {
        rmSync(project, { recursive: true });
      }
    },
    { using: withVenv },
  );
});

describe('what a process is started with', () => {
  const OPEN_FILES = `
import os, stat
def kind(status):
    if stat.S_ISCHR(status.st_mode): return 'null' if status.st_rdev == os.makedev(1, 3) else 'device'
    for name, test in (('pipe', stat.S_ISFIFO), ('socket', stat.S_ISSOCK), ('folder', stat.S_ISDIR)):
        if test(status.st_mode): return name
    return 'file' if status.st_nlink else 'deleted'
kinds = []
for descriptor in range(256):
    try: kinds.append(kind(os.fstat(descriptor)))
    except OSError: pass
print(*kinds)`;

  it('code: nothing to read, two pipes, the keeper’s socket, the pipe of its state', async () => {
    const { stdout } = await sandbox.execute(OPEN_FILES);
    expect(stdout.trim()).toMatch(/^null pipe pipe socket pipe( pipe pipe)?$/); // asyncio’s own
  });

  it('a command: its input and two pipes', async () => {
    await sandbox.files.write('open_files.py', OPEN_FILES);
    const { stdout } = await sandbox.shell('exec python3 open_files.py');
    expect(stdout.trim()).toBe('deleted pipe pipe');
  });

  it('a command beside the executions: three pipes', async () => {
    const spawned = await sandbox.spawn('exec python3 open_files.py');
    expect((await readText(spawned.stdout)).trim()).toBe('pipe pipe pipe');
    await spawned.wait();
  });

  it('nothing of the engine’s environment', async () => {
    process.env.BELLJAR_TEST_SECRET = SECRET;
    try {
      const { stdout } = await sandbox.shell(
        'env; cat /proc/self/environ 2>/dev/null | tr "\\0" "\\n"',
      );
      expect(stdout).not.toContain(SECRET);
      expect(stdout).toContain('LANG=C.UTF-8');
    } finally {
      delete process.env.BELLJAR_TEST_SECRET;
    }
  });
});

describe('set-user-id programs', () => {
  verifies('jail.no-host-files', 'give nothing', async () => {
    const { result } = await sandbox.execute(`
import ctypes, os
PR_GET_NO_NEW_PRIVS = 39
mounts = ['/usr/bin', '.', os.environ['TMPDIR'], '/']
[ctypes.CDLL(None).prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), [bool(os.statvfs(name).f_flag & os.ST_NOSUID) for name in mounts]]`);
    const [noNewPrivileges, withoutSetId] = (result?.['application/json'] ?? []) as [
      number,
      boolean[],
    ];
    expect(noNewPrivileges).toBe(1);
    if (!isConfined) expect(withoutSetId).toEqual([true, true, true, true]);
  });

  it('of the code’s own making give nothing either', async () => {
    const execution = await sandbox.execute(`
import os, shutil, subprocess
shutil.copy('/usr/bin/id', 'id'); os.chmod('id', 0o6755)
int(subprocess.run(['./id', '-u'], capture_output=True, text=True).stdout) == os.getuid() != 0`);
    expect(execution.result?.['text/plain']).toBe('True');
  });
});
