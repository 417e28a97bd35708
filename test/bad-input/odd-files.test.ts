/** What the code may leave in its workspace: odd names, links, pipes, devices, sockets. */
import type { Sandbox } from '@belljar/core';
import { beforeEach, describe, expect, it } from 'vitest';
import { sha256 } from '../helpers/collect.js';
import { useSandboxes } from '../helpers/test-engine.js';

const create = useSandboxes();
let sandbox: Sandbox;

beforeEach(async () => {
  sandbox = await create();
});

const refused = { name: 'BelljarError', code: 'INVALID_ARGUMENT' };
const text = async (name: string): Promise<string> =>
  Buffer.from(await sandbox.files.read(name)).toString();

describe('a file the code made', () => {
  it('may have a newline in its name', async () => {
    const name = 'two\nlines.csv';
    const { files } = await sandbox.execute(`open(${JSON.stringify(name)}, "w").write("x");`);
    expect(files).toMatchObject([{ name, mimeType: 'text/csv', sha256: sha256('x') }]);
    expect(await text(name)).toBe('x');
    expect(await sandbox.files.list()).toMatchObject([{ name }]);
    expect(await sandbox.files.remove(name)).toBe(true);
  });

  it('may have a name that is not UTF-8: its bytes are shown, and name it everywhere', async () => {
    const { files } = await sandbox.execute('open(b"caf\\xe9.txt", "w").write("latin");');
    const name = 'caf\\xe9.txt';
    expect(files).toMatchObject([{ name, mimeType: 'text/plain', sha256: sha256('latin') }]);
    expect(Buffer.from((await files[0]?.bytes()) ?? []).toString()).toBe('latin');
    expect(await text(name)).toBe('latin');
    expect(await sandbox.files.stat(name)).toMatchObject({ name, sizeBytes: 5 });
    expect((await sandbox.files.list())[0]?.name).toBe(name);
    await sandbox.files.write(name, 'other');
    await sandbox.files.rename(name, 'to\\xff');
    const { result } = await sandbox.execute('import os; os.listdir(b".")');
    expect(result?.['text/plain']).toBe("[b'to\\xff']");
    expect((await sandbox.execute('os.remove(b"to\\xff")')).files).toMatchObject([
      { name: 'to\\xff', change: 'removed' },
    ]);
  });

  it('may have a name that looks like such bytes, and is told apart from it', async () => {
    const { files } = await sandbox.execute(
      'open(b"\\\\xff", "w").write("text")\nopen(b"\\xff", "w").write("byte");',
    );
    const byContent = Object.fromEntries(files.map(({ name, sha256: hash }) => [hash, name]));
    expect(byContent).toEqual({ [sha256('text')]: '\\x5cxff', [sha256('byte')]: '\\xff' });
    expect([await text('\\x5cxff'), await text('\\xff')]).toEqual(['text', 'byte']);
  });

  it('may have 255 bytes of which none is UTF-8', async () => {
    const { files } = await sandbox.execute('open(b"\\xff" * 255, "w").write("x");');
    expect(files).toHaveLength(1);
    expect(await text(files[0]?.name ?? '')).toBe('x');
  });
});

describe('symbolic links', () => {
  it('are shown and never followed', async () => {
    await sandbox.execute(`
import os
os.symlink('/etc/passwd', 'to-file')
os.symlink('/', 'to-root')
os.symlink('nowhere', 'dangling')
os.symlink('loop', 'loop')
os.mkdir('real'); open('real/a.txt', 'w').write('a')
os.symlink('real', 'to-real');`);
    for (const name of ['to-file', 'to-root', 'dangling', 'loop', 'to-real']) {
      expect(await sandbox.files.stat(name)).toMatchObject({ name, type: 'symlink' });
      await expect(sandbox.files.read(name)).rejects.toMatchObject(refused);
      await expect(sandbox.files.list(name)).rejects.toMatchObject(refused);
    }
    for (const name of ['to-root/etc/passwd', 'to-real/a.txt', 'loop/a']) {
      await expect(sandbox.files.read(name)).rejects.toMatchObject(refused);
      await expect(sandbox.files.write(name, 'x')).rejects.toMatchObject(refused);
    }
    const listed = await sandbox.files.list('', { recursive: true });
    expect(listed.map(({ name }) => name)).toEqual([
      'dangling',
      'loop',
      'real',
      'real/a.txt',
      'to-file',
      'to-real',
      'to-root',
    ]);
  });

  it('are no files of an execution, and writing replaces them', async () => {
    const { files } = await sandbox.execute(`
import os
open('target.txt', 'w').write('target')
os.symlink('target.txt', 'link.txt');`);
    expect(files).toMatchObject([{ name: 'target.txt' }]);
    await sandbox.files.write('link.txt', 'new');
    expect([await text('target.txt'), await text('link.txt')]).toEqual(['target', 'new']);
    await sandbox.execute(
      'os.remove("link.txt"); os.mkdir("d"); os.symlink("../target.txt", "d/l")',
    );
    expect(await sandbox.files.remove('d')).toBe(true);
    expect(await text('target.txt')).toBe('target');
  });
});

describe('pipes, sockets and devices', () => {
  it('are shown, and nothing waits for them', async () => {
    const made = await sandbox.execute('import os; os.mkfifo("pipe"); open("a.txt", "w").close()');
    expect(made.files).toMatchObject([{ name: 'a.txt' }]);
    expect(await sandbox.files.stat('pipe')).toMatchObject({ type: 'fifo' });
    await expect(sandbox.files.read('pipe')).rejects.toMatchObject({
      ...refused,
      message: expect.stringContaining('fifo'),
    });
    await sandbox.files.write('pipe', 'a file now');
    expect(await text('pipe')).toBe('a file now');
  });

  it('devices cannot be made', async () => {
    for (const kind of ['S_IFCHR', 'S_IFBLK']) {
      const code = `import os, stat; os.mknod("device", stat.${kind} | 0o600, os.makedev(1, 3))`;
      expect((await sandbox.execute(code)).error?.name).toBe('PermissionError');
    }
    expect(await sandbox.files.stat('device')).toBeNull();
  });

  it('links to devices are links', async () => {
    await sandbox.execute(
      'import os; os.symlink("/dev/zero", "zero"); os.symlink("/dev/stdin", "in")',
    );
    expect(await sandbox.files.list()).toMatchObject([{ type: 'symlink' }, { type: 'symlink' }]);
    await expect(sandbox.files.read('zero')).rejects.toMatchObject(refused);
  });
});

describe('other oddities', () => {
  it('a file with two names is two files', async () => {
    const { files } = await sandbox.execute(
      'import os; open("one", "w").write("x"); os.link("one", "two")',
    );
    expect(files.map(({ name, sha256: hash }) => [name, hash])).toEqual([
      ['one', sha256('x')],
      ['two', sha256('x')],
    ]);
  });

  it('a file that is large only in its size is listed, and costs nothing', async () => {
    const { files } = await sandbox.execute('open("sparse", "wb").truncate(200_000_000);');
    expect(files).toMatchObject([{ name: 'sparse', sizeBytes: 200_000_000, omitted: true }]);
  });

  it('a file of more than 4 GiB cannot be read as one, and the sandbox lives', async () => {
    const wide = await create({ limits: { workspaceBytes: 8 * 1024 ** 3 } });
    await wide.execute('kept = 1');
    await (await wide.spawn('truncate -s 5G huge')).wait();
    expect(await wide.files.stat('huge')).toMatchObject({ sizeBytes: 5 * 1024 ** 3 });
    await expect(wide.files.read('huge')).rejects.toMatchObject(refused);
    expect(await wide.execute('kept')).toMatchObject({
      result: { 'text/plain': '1' },
      survival: undefined,
    });
  });

  it('a folder nobody may enter hides what is in it, and can be removed', async () => {
    await sandbox.execute(`
import os
os.makedirs('shut/below')
open('shut/a', 'w').close()
open('shut/below/b', 'w').close()
os.chmod('shut/below', 0)
os.chmod('shut', 0)`);
    await expect(sandbox.files.read('shut/a')).rejects.toMatchObject(refused);
    await expect(sandbox.files.list('shut')).rejects.toMatchObject(refused);
    expect((await sandbox.files.list()).map(({ name }) => name)).toEqual(['shut']);
    expect(await sandbox.files.remove('shut')).toBe(true);
    expect(await sandbox.files.list()).toEqual([]);
  });

  it('a workspace that is full of folders is answered for', async () => {
    const { status } = await sandbox.execute(`
import os
for _ in range(400):
    os.mkdir('d'); os.chdir('d')
open('deep.txt', 'w').close()
os.chdir('/workspace')`);
    expect(status).toBe('ok');
    expect((await sandbox.files.list('', { recursive: true })).length).toBeGreaterThan(90);
    expect(await sandbox.files.remove('d')).toBe(true);
    expect(await sandbox.files.list()).toEqual([]);
  });
});
