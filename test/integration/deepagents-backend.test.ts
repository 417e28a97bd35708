/** `BelljarBackend` against what the deepagents protocol says, without an agent. */
import type { Engine, Sandbox } from '@belljar/core';
import { BelljarBackend } from '@belljar/langchain/deepagents';
import { isSandboxBackend } from 'deepagents';
import { beforeAll, describe, expect, it } from 'vitest';
import { describeAt } from '../helpers/level.js';
import { useEngines } from '../helpers/test-engine.js';

const open = useEngines();
let engine: Engine;
let sandbox: Sandbox;
let backend: BelljarBackend;

beforeAll(async () => {
  engine = await open();
  sandbox = await engine.createSandbox();
  backend = new BelljarBackend({ sandbox });
});

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('paths', () => {
  it('are the workspace, whether from its root or as commands print them', async () => {
    expect(await backend.write('/p/notes.md', 'from the tool')).toMatchObject({
      path: '/p/notes.md',
    });
    expect(await backend.execute('cat p/notes.md')).toMatchObject({ output: 'from the tool' });
    const { output } = await backend.execute('echo from a command > p/other.md; pwd');
    const [{ content } = {}] = await backend.downloadFiles([`${output.trim()}/p/other.md`]);
    expect(Buffer.from(content ?? [])).toEqual(Buffer.from('from a command\n'));
    expect(await backend.read('/workspace/p/other.md')).toMatchObject({
      content: 'from a command',
    });
  });

  it('come back in the form in which they were asked for', async () => {
    await backend.write('/form/a.txt', 'needle');
    const pwd = (await backend.execute('pwd')).output.trim();
    for (const folder of ['/form', '/form/', '/workspace/form', `${pwd}/form`]) {
      const expected = `${folder.replace(/\/$/, '')}/a.txt`;
      expect((await backend.ls(folder)).files).toMatchObject([
        { path: expected, is_dir: false, size: 6 },
      ]);
      expect((await backend.glob('*.txt', folder)).files).toMatchObject([{ path: expected }]);
      expect((await backend.grep('needle', folder)).matches).toMatchObject([{ path: expected }]);
    }
  });

  it('lead nowhere else', async () => {
    for (const path of ['/../etc/passwd', '/a/../../x', '']) {
      expect(await backend.downloadFiles([path])).toMatchObject([{ error: 'invalid_path' }]);
      expect(await backend.uploadFiles([[path, bytes('x')]])).toMatchObject([
        { error: 'invalid_path' },
      ]);
    }
    await sandbox.shell('ln -sf /etc/passwd link');
    expect(await backend.downloadFiles(['/link'])).toMatchObject([{ error: 'permission_denied' }]);
    expect(await backend.read('/etc/passwd')).toEqual({ error: "File '/etc/passwd' not found" });
  });

  it('are explained to a command that names them wrongly', async () => {
    await backend.write('/script.py', 'print(6 * 7)');
    const wrong = await backend.execute('python3 /script.py');
    expect(wrong.exitCode).toBeGreaterThan(0);
    expect(wrong.output).toContain('In a command, write /script.py as script.py.');
    expect(await backend.execute('python3 script.py')).toMatchObject({ output: '42', exitCode: 0 });
    expect((await backend.execute('/usr/bin/false')).output).not.toContain('Note');
  });
});

describe('execute', () => {
  it('answers with both streams in order, and the exit code', async () => {
    const answer = await backend.execute(
      'echo one; sleep 0.05; echo two >&2; sleep 0.05; echo three; exit 3',
    );
    expect(answer).toEqual({ output: 'one\ntwo\nthree', exitCode: 3, truncated: false });
  });

  it('cuts long output in the middle and says so', async () => {
    const answer = await backend.execute('yes aaaaaaaaa | head -n 50000; echo the end');
    expect(answer.output.length).toBeLessThanOrEqual(20_000);
    expect(answer.output).toContain('characters cut');
    expect(answer.output).toMatch(/the end$/);
    expect(answer.truncated).toBe(true);
  });

  it('undoes a command that takes too long, and says so', async () => {
    const hasty = new BelljarBackend({ sandbox, timeoutMs: 300 });
    const answer = await hasty.execute('echo begun; echo x > half.txt; sleep 60');
    expect(answer.exitCode).toBeNull();
    expect(answer.output).toMatch(/^begun\nstatus: timeout\n/);
    expect(answer.output).toContain('longer than 300 ms');
    expect(answer.output).toContain('Nothing of this call stayed');
    expect(await backend.read('/half.txt')).toMatchObject({ error: "File '/half.txt' not found" });
  });
});

describe('upload and download', () => {
  it('carry bytes as they are, and answer for each file', async () => {
    const content = Uint8Array.from({ length: 256 }, (_, index) => index);
    await backend.execute('mkdir -p up/folder; mkfifo up/pipe');
    const uploads = await backend.uploadFiles([
      ['/up/all.bin', content],
      ['/up/folder', content],
      ['/up/all.bin/below', content],
      ['/up/empty', new Uint8Array()],
    ]);
    expect(uploads.map(({ error }) => error)).toEqual([null, 'is_directory', 'invalid_path', null]);
    const paths = ['/up/all.bin', '/up/empty', '/up/folder', '/up/none', '/up/pipe', '/'];
    const downloads = await backend.downloadFiles(paths);
    expect(downloads.map(({ path }) => path)).toEqual(paths);
    expect(downloads.map(({ error }) => error)).toEqual([
      null,
      null,
      'is_directory',
      'file_not_found',
      'permission_denied',
      'is_directory',
    ]);
    expect(Buffer.from(downloads[0]?.content ?? [])).toEqual(Buffer.from(content));
    expect(downloads[1]?.content).toHaveLength(0);
  });
});

// Slow, and the same at both levels.
describeAt('namespaces', 'the 100 MB rule', () => {
  it('lets 99 MB through, and refuses 101 MB before anything is written', async () => {
    const own = new BelljarBackend({ sandbox: await engine.createSandbox() });
    const large = new Uint8Array(99_000_000).fill(7);
    expect(await own.uploadFiles([['/large.bin', large]])).toEqual([
      { path: '/large.bin', error: null },
    ]);
    const [back] = await own.downloadFiles(['/large.bin']);
    expect(Buffer.compare(back?.content ?? new Uint8Array(), large)).toBe(0);
    const limit = { name: 'BelljarError', code: 'FILES_LIMIT' };
    const more: [string, Uint8Array][] = [
      ['/a', large.subarray(0, 2_000_000)],
      ['/b', large],
    ];
    more.push(['/c', large.subarray(0, 4_000_000)]);
    await expect(own.uploadFiles(more)).rejects.toMatchObject(limit);
    expect((await own.ls('/')).files?.map(({ path }) => path)).toEqual(['/large.bin']);
    await own.execute('head -c 104857601 /dev/zero > over.txt');
    await expect(own.downloadFiles(['/over.txt'])).rejects.toMatchObject(limit);
    expect(await own.read('/over.txt')).toMatchObject({
      error: expect.stringContaining('104857600'),
    });
  });
});

describe('read', () => {
  beforeAll(async () => {
    const lines = Array.from({ length: 10 }, (_, index) => `line ${index + 1}`);
    await backend.write('/ten.txt', `${lines.join('\n')}\n`);
  });

  it('gives the page that was asked for, unchanged, and where the next one begins', async () => {
    expect(await backend.read('/ten.txt', 2, 3)).toEqual({
      content: 'line 3\nline 4\nline 5',
      mimeType: 'text/plain',
      totalLines: 10,
      startLine: 3,
      endLine: 5,
      nextOffset: 5,
    });
    const rest = await backend.read('/ten.txt', 5);
    expect(rest).toMatchObject({ totalLines: 10, startLine: 6, endLine: 10 });
    expect(rest.nextOffset).toBeUndefined();
    expect(await backend.read('/ten.txt', 10)).toEqual({
      error: 'Line offset 10 exceeds file length (10 lines)',
      mimeType: 'text/plain',
    });
  });

  it('ends a page of many characters after a whole line', async () => {
    const narrow = new BelljarBackend({ sandbox, maxOutputCharacters: 20 });
    expect(await narrow.read('/ten.txt')).toMatchObject({
      content: 'line 1\nline 2\nline 3',
      endLine: 3,
      nextOffset: 3,
    });
  });

  it('gives an image as bytes, unless the endpoint takes none', async () => {
    await backend.uploadFiles([['/dot.png', Uint8Array.of(137, 80, 78, 71)]]);
    expect(await backend.read('/dot.png')).toEqual({
      content: expect.any(Uint8Array),
      mimeType: 'image/png',
    });
    const textOnly = new BelljarBackend({ sandbox, images: 'artifact-only' });
    expect(await textOnly.read('/dot.png')).toEqual({
      error: "'/dot.png' is image/png, and you can read text only",
    });
    await backend.uploadFiles([['/large.png', new Uint8Array(4_000_001)]]);
    expect(await backend.read('/large.png')).toMatchObject({
      error: expect.stringContaining('4 MB'),
    });
  });

  it('says what is in the way', async () => {
    expect(await backend.read('/none.txt')).toEqual({ error: "File '/none.txt' not found" });
    expect(await backend.read('/')).toEqual({ error: "'/' is a directory" });
  });
});

describe('ls, glob, grep, edit and delete', () => {
  beforeAll(async () => {
    const files = {
      'a.py': 'x = 1\nneedle = 2\n',
      'sub/b.py': 'needle\n',
      'sub/.hidden.py': 'n\n',
    };
    for (const [name, content] of Object.entries(files))
      await backend.write(`/tree/${name}`, content);
    await backend.uploadFiles([['/tree/data.bin', Uint8Array.of(0, 1, ...bytes('needle'))]]);
  });

  const paths = (files: { path: string }[] | undefined) => files?.map(({ path }) => path);

  it('list a folder, folders with a slash', async () => {
    const { files } = await backend.ls('/tree');
    expect(paths(files)).toEqual(['/tree/a.py', '/tree/data.bin', '/tree/sub/']);
    expect(files?.[2]).toMatchObject({ is_dir: true });
    expect(Date.parse(files?.[0]?.modified_at ?? '')).toBeGreaterThan(1.7e12);
    expect((await backend.ls('/nowhere')).error).toContain('No such file');
  });

  it('find by pattern, hidden files too', async () => {
    expect(paths((await backend.glob('*.py', '/tree')).files)).toEqual(['/tree/a.py']);
    const all = ['/tree/a.py', '/tree/sub/.hidden.py', '/tree/sub/b.py'];
    expect(paths((await backend.glob('**/*.py', '/tree')).files)).toEqual(all);
    expect(paths((await backend.glob('/tree/**/*.py')).files)).toEqual(all);
  });

  it('search text literally, and no binary files', async () => {
    expect(await backend.grep('needle', '/tree')).toEqual({
      matches: [
        { path: '/tree/a.py', line: 2, text: 'needle = 2' },
        { path: '/tree/sub/b.py', line: 1, text: 'needle' },
      ],
    });
    expect((await backend.grep('needle', '/tree', 'b.*')).matches).toHaveLength(1);
    expect(await backend.grep('needle', '/tree', null, 1)).toMatchObject({
      matches: [{ path: '/tree/a.py' }],
      truncated: true,
    });
    const inFile = [{ path: '/tree/a.py', line: 2, text: 'needle = 2' }];
    expect(await backend.grep('needle', '/tree/a.py', '*.py')).toEqual({ matches: inFile });
    expect(await backend.grep("n.*'; echo $HOME", '/tree')).toEqual({ matches: [] });
    expect((await backend.grep('x', '/nowhere')).error).toContain('No such file');
  });

  it('replace a string, once or everywhere, and never what is no text', async () => {
    await backend.write('/edit.txt', 'a a b');
    expect(await backend.edit('/edit.txt', 'b', 'c')).toMatchObject({ occurrences: 1 });
    expect((await backend.edit('/edit.txt', 'a', 'z')).error).toContain('Multiple occurrences');
    expect(await backend.edit('/edit.txt', 'a', 'z', true)).toMatchObject({ occurrences: 2 });
    expect(await backend.read('/edit.txt')).toMatchObject({ content: 'z z c' });
    await backend.uploadFiles([['/latin.txt', Uint8Array.of(0x61, 0xe9)]]);
    expect(await backend.edit('/latin.txt', 'a', 'b')).toEqual({
      error: "'/latin.txt' is no UTF-8 text",
    });
  });

  it('delete a file or a folder, and not the workspace', async () => {
    await backend.write('/gone/deep/file.txt', 'x');
    expect(await backend.delete('/gone')).toMatchObject({ path: '/gone' });
    expect(await backend.delete('/gone')).toEqual({ error: "Error: '/gone' not found" });
    expect((await backend.delete('/')).error).toContain('whole workspace');
  });
});

describe('a full workspace', () => {
  it('is an answer for the agent, and an error for the caller of uploadFiles', async () => {
    const small = await engine.createSandbox({ limits: { workspaceBytes: 1_000_000 } });
    const own = new BelljarBackend({ sandbox: small });
    const error = expect.stringContaining('workspace is full');
    expect(await own.write('/big.txt', 'x'.repeat(2_000_000))).toEqual({ error });
    const upload = own.uploadFiles([['/big.bin', new Uint8Array(2_000_000)]]);
    await expect(upload).rejects.toMatchObject({ code: 'FILES_LIMIT' });
  });
});

describe('the host', () => {
  it('is a sandbox backend to deepagents', () => {
    expect(isSandboxBackend(backend)).toBe(true);
    expect(isSandboxBackend(new BelljarBackend({ engine }))).toBe(true);
    expect(backend.id).toBe(sandbox.id);
  });

  it('throws what no agent can mend', async () => {
    const outside = new BelljarBackend({ engine });
    await expect(outside.ls('/')).rejects.toThrow('configurable.thread_id');
    await engine.deleteSandbox(sandbox.id);
    await expect(backend.ls('/')).rejects.toMatchObject({ code: 'SANDBOX_NOT_FOUND' });
  });
});
