/** `sandbox.files`, and the files that executions take and leave. */
import type { Sandbox } from '@belljar/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { collect, readText, sha256 } from '../helpers/collect.js';
import { useSandboxes } from '../helpers/test-engine.js';

const create = useSandboxes();
let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await create();
});

const invalid = { name: 'BelljarError', code: 'INVALID_ARGUMENT' };
const text = async (name: string): Promise<string> =>
  Buffer.from(await sandbox.files.read(name)).toString();

it('are moved from one folder to the other by the code', async () => {
  const code = "import os; os.mkdir('moved'); open('m', 'w').close(); os.rename('m', 'moved/m')";
  expect(await sandbox.execute(code)).toMatchObject({ status: 'ok' });
  expect(await sandbox.files.remove('moved')).toBe(true);
});

describe('files.write', () => {
  it('takes a string, bytes, a buffer, a Blob and a stream', async () => {
    const bytes = Buffer.from('día 😀');
    const contents = {
      string: 'día 😀',
      bytes: new Uint8Array(bytes),
      buffer: new Uint8Array(bytes).buffer,
      view: new Uint8Array([0, ...bytes, 0]).subarray(1, 1 + bytes.length),
      blob: new Blob(['día ', '😀']),
      stream: new Blob(['día 😀']).stream(),
      pieces: ReadableStream.from([bytes.subarray(0, 6), bytes.subarray(6)]),
      empty: '',
    };
    for (const [name, content] of Object.entries(contents)) {
      await sandbox.files.write(name, content);
      expect([name, await text(name)]).toEqual([name, name === 'empty' ? '' : 'día 😀']);
    }
  });

  it('replaces a file at once, for a reader that has it open too', async () => {
    await sandbox.files.write('swap.txt', 'old');
    await sandbox.execute('reader = open("swap.txt")');
    await sandbox.files.write('swap.txt', 'new');
    expect(await sandbox.execute('print(reader.read(), open("swap.txt").read())')).toMatchObject({
      stdout: 'old new\n',
    });
  });

  it('makes folders, and refuses a file in place of one', async () => {
    await sandbox.files.write('deep/er/file.txt', 'x');
    expect(await sandbox.files.stat('deep/er')).toMatchObject({ type: 'directory' });
    await expect(sandbox.files.write('deep/er', 'y')).rejects.toMatchObject(invalid);
    await expect(sandbox.files.write('deep/er/file.txt/z', 'y')).rejects.toMatchObject(invalid);
    expect(await text('deep/er/file.txt')).toBe('x');
  });

  it('leaves a stream that fails unwritten, with its error', async () => {
    const failing = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(Buffer.from('half'));
      },
      pull() {
        throw new Error('the source broke');
      },
    });
    await expect(sandbox.files.write('half.txt', failing)).rejects.toThrow('the source broke');
    expect(await sandbox.files.stat('half.txt')).toBeNull();
  });

  it('touches no file of the code with a name like its own', async () => {
    const own = await create();
    await own.execute('for i in range(50): open(".belljar-%d" % i, "w").write(str(i))');
    for (let index = 0; index < 20; index += 1) await own.files.write(`f${index}`, 'x');
    await own.files.write('folder/below/file', 'x');
    await own.files.remove('folder');
    const names = (await own.files.list()).map(({ name }) => name);
    expect(names.filter((name) => name.startsWith('.belljar-'))).toHaveLength(50);
  });
});

describe('files.read', () => {
  it('reads what the code wrote, whole and as a stream', async () => {
    await sandbox.execute('open("big.bin", "wb").write(bytes(range(256)) * 20_000);');
    const expected = sha256(Buffer.alloc(256 * 20_000, Buffer.from([...Array(256).keys()])));
    expect(sha256(await sandbox.files.read('big.bin'))).toBe(expected);
    const chunks = await collect(sandbox.files.readStream('big.bin'));
    expect(chunks.length).toBeGreaterThan(1);
    expect(sha256(Buffer.concat(chunks))).toBe(expected);
  });

  it('holds a stream back that nobody reads, and drops one that is cancelled', async () => {
    await sandbox.execute('open("big.bin", "wb").write(bytes(20_000_000));');
    const slow = sandbox.files.readStream('big.bin').getReader();
    await slow.read();
    await slow.cancel();
    expect(await sandbox.execute('1')).toMatchObject({ status: 'ok' });
    const next = sandbox.files.readStream('big.bin');
    expect(Buffer.concat(await collect(next)).length).toBe(20_000_000);
  });

  it('streams what was there when it was asked for', async () => {
    await sandbox.files.write('order.txt', 'before');
    const stream = sandbox.files.readStream('order.txt');
    const written = sandbox.files.write('order.txt', 'after');
    expect(await readText(stream)).toBe('before');
    await written;
    expect(await readText(sandbox.files.readStream('order.txt'))).toBe('after');
  });

  it('refuses what is not there and what is no file', async () => {
    await sandbox.files.makeDirectory('a-folder');
    await expect(sandbox.files.read('nothing')).rejects.toMatchObject(invalid);
    await expect(sandbox.files.read('nothing/below')).rejects.toMatchObject(invalid);
    await expect(sandbox.files.read('a-folder')).rejects.toMatchObject(invalid);
    const stream = sandbox.files.readStream('nothing');
    await expect(readText(stream)).rejects.toMatchObject(invalid);
  });
});

describe('files.stat, list, makeDirectory, rename and remove', () => {
  it('says what is there and what is not', async () => {
    const before = Date.now() - 2_000;
    await sandbox.files.write('s/a.txt', 'abc');
    const info = await sandbox.files.stat('s/a.txt');
    expect(info).toMatchObject({ name: 's/a.txt', type: 'file', sizeBytes: 3 });
    expect(Date.parse(info?.modifyTime ?? '')).toBeGreaterThan(before);
    expect(await sandbox.files.stat('s/b.txt')).toBeNull();
    expect(await sandbox.files.stat('s/a.txt/b')).toBeNull();
    expect(await sandbox.files.stat('')).toMatchObject({ type: 'directory' });
  });

  it('lists a folder, and below it when asked', async () => {
    const own = await create();
    await own.files.write('b/two.txt', '2');
    await own.files.write('a.txt', '1');
    await own.files.makeDirectory('b/c/d');
    const names = async (...given: Parameters<typeof own.files.list>): Promise<string[]> =>
      (await own.files.list(...given)).map(({ name }) => name);
    expect(await names()).toEqual(['a.txt', 'b']);
    expect(await names('b')).toEqual(['b/c', 'b/two.txt']);
    expect(await names('', { recursive: true })).toEqual([
      'a.txt',
      'b',
      'b/c',
      'b/c/d',
      'b/two.txt',
    ]);
    expect(await names('b/c/d')).toEqual([]);
    await expect(own.files.list('a.txt')).rejects.toMatchObject(invalid);
    await expect(own.files.list('nowhere')).rejects.toMatchObject(invalid);
  });

  it('renames files and folders, also over a file', async () => {
    await sandbox.files.write('r/one.txt', '1');
    await sandbox.files.write('r/two.txt', '2');
    await sandbox.files.rename('r/one.txt', 'r/two.txt');
    expect(await text('r/two.txt')).toBe('1');
    await sandbox.files.rename('r', 'made/for/it');
    expect(await text('made/for/it/two.txt')).toBe('1');
    await expect(sandbox.files.rename('nothing', 'new/x')).rejects.toMatchObject(invalid);
    expect(await sandbox.files.stat('new')).toBeNull();
  });

  it('removes folders of any depth', async () => {
    await sandbox.execute(`
import os
home = os.getcwd(); os.makedirs('t'); os.chdir('t')
for i in range(300):
    open('f', 'w').close(); os.mkdir('x' * 20); os.chdir('x' * 20)
os.chdir(home)`);
    expect(await sandbox.files.remove('t')).toBe(true);
    expect(await sandbox.files.stat('t')).toBeNull();
    const left = (await sandbox.files.list()).filter(({ name }) => name.startsWith('.belljar'));
    expect(left).toEqual([]);
  });

  it('makes a folder that is there already', async () => {
    await sandbox.files.makeDirectory('twice');
    await sandbox.files.makeDirectory('twice');
    expect(await sandbox.files.stat('twice')).toMatchObject({ type: 'directory' });
  });
});

describe('changed files', () => {
  it('are a removal and a creation when the code renames', async () => {
    const own = await create();
    await own.execute('open("a.txt", "w").write("a");');
    const { files } = await own.execute('import os; os.rename("a.txt", "b.txt")');
    expect(files).toMatchObject([
      { name: 'a.txt', change: 'removed' },
      { name: 'b.txt', change: 'created', sha256: sha256('a') },
    ]);
  });

  it('are told by their content’s time, not only by their size', async () => {
    const own = await create();
    await own.files.write('same.txt', 'abc');
    const code = 'import os\ns = os.stat("same.txt")\nopen("same.txt", "w").write("xyz")\n';
    const back = 'os.utime("same.txt", ns=(s.st_atime_ns, s.st_mtime_ns))';
    const { files } = await own.execute(code + back);
    expect(files).toMatchObject([{ name: 'same.txt', change: 'changed', sha256: sha256('xyz') }]);
  });

  it('leave out what came in, what was only read, and what came and went', async () => {
    const own = await create();
    const { files } = await own.execute({
      code: 'import os\nopen("in.txt").read()\nopen("t", "w").close()\nos.remove("t")',
      files: [{ name: 'in.txt', content: 'in' }],
    });
    expect(files).toEqual([]);
  });

  it('have the MIME type of their name', async () => {
    const own = await create();
    const names = ['a.csv', 'b.png', 'c.json', 'd', 'e.unknown-kind', 'f.html'];
    const { files } = await own.execute(
      `for name in ${JSON.stringify(names)}: open(name, "w").close()`,
    );
    expect(files.map(({ mimeType }) => mimeType)).toEqual([
      'text/csv',
      'image/png',
      'application/json',
      'application/octet-stream',
      'application/octet-stream',
      'text/html',
    ]);
  });

  it('may have names beyond the basic plane', async () => {
    const name = 'Ordner 😀/día 𝔸.txt';
    const { files } = await sandbox.execute({
      code: `open(${JSON.stringify(name)}, "a").write("!");`,
      files: [{ name, content: 'hi' }],
    });
    expect(files).toMatchObject([{ name, change: 'changed', sizeBytes: 3 }]);
    expect(await text(name)).toBe('hi!');
  });

  it('keep the content that they had then', async () => {
    const [first] = (await sandbox.execute('open("v.txt", "w").write("1");')).files;
    await sandbox.execute('open("v.txt", "w").write("2");');
    await sandbox.files.remove('v.txt');
    expect(Buffer.from((await first?.bytes()) ?? []).toString()).toBe('1');
  });

  it('are listed even when the code took away the right to read them', async () => {
    const own = await create();
    const { files } = await own.execute(
      'import os\nopen("secret.txt", "w").write("abc")\nos.chmod("secret.txt", 0)',
    );
    expect(files).toMatchObject([{ name: 'secret.txt', sizeBytes: 3, omitted: true }]);
    await expect(files[0]?.bytes()).rejects.toMatchObject(invalid);
  });
});
