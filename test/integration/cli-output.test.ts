/** Where `belljar run` saves, and that hostile names lead nowhere else. */
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  unlinkSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { useCli } from '../helpers/cli.js';

const cli = useCli();
const at = (...parts: string[]): string => join(cli.folder, ...parts);
const run = (input: string, ...args: string[]) => cli.run(['run', '-', ...args], { input });

beforeEach(() => rmSync(at('belljar-out'), { recursive: true, force: true }));

const write = (name: string, text = name): string =>
  `open(${JSON.stringify(name)}, "w").write(${JSON.stringify(text)})\n`;

describe('the output folder', () => {
  it('is belljar-out of the current folder, made only when there is something to save', async () => {
    await run('1');
    expect(existsSync(at('belljar-out'))).toBe(false);
    const { stderr } = await run(`import os; os.makedirs("a/b")\n${write('a/b/t.txt', 'text')}`);
    expect(stderr).toBe('belljar: saved belljar-out/a/b/t.txt (4 bytes)\n');
    expect(readFileSync(at('belljar-out/a/b/t.txt'), 'utf8')).toBe('text');
  });

  it('has the figures, under names that the code did not take', async () => {
    const figures = `
class Figure:
    def _repr_png_(self): return b"\\x89PNG"
class Drawing:
    def _repr_svg_(self): return "<svg/>"
display(Figure())
${write('figure-1.png', 'mine')}
Drawing()`;
    const { stdout } = await run(figures);
    expect(stdout).toBe('');
    expect(readFileSync(at('belljar-out/figure-1.png'), 'utf8')).toBe('mine');
    expect(readFileSync(at('belljar-out/figure-2.png'), 'latin1')).toBe('\x89PNG');
    expect(readFileSync(at('belljar-out/figure-1.svg'), 'utf8')).toBe('<svg/>');
  });

  it('is used again by the next run, which replaces what the one before put there', async () => {
    await run(write('x', 'first') + write('y', 'first'));
    await run(write('x', 'second'));
    expect(readFileSync(at('belljar-out/x'), 'utf8')).toBe('second');
    expect(readFileSync(at('belljar-out/y'), 'utf8')).toBe('first');
  });

  it('is a temporary one where belljar-out holds files of others, or is a link', async () => {
    mkdirSync(at('belljar-out'));
    cli.write('belljar-out/x', 'precious');
    const { status, stderr } = await run(write('x'));
    expect({ status, stderr }).toMatchObject({
      status: 0,
      stderr: expect.stringContaining('saved tmp/belljar-out-'),
    });
    expect(readFileSync(at('belljar-out/x'), 'utf8')).toBe('precious');

    rmSync(at('belljar-out'), { recursive: true });
    mkdirSync(at('elsewhere'));
    symlinkSync('elsewhere', at('belljar-out'));
    await run(write('x'));
    expect(readdirSync(at('elsewhere'))).toEqual([]);
    for (const name of readdirSync(at('tmp'))) rmSync(at('tmp', name), { recursive: true });
  });

  it('is a temporary one where the current folder cannot be written', async () => {
    const { status, stderr } = await cli.run(['run', '-'], { input: write('x'), cwd: '/proc' });
    expect(status).toBe(0);
    const [, path = ''] = /^belljar: saved (.*) \(/.exec(stderr) ?? [];
    expect(path).toContain(at('tmp', 'belljar-out-'));
    expect(readFileSync(path, 'utf8')).toBe('x');
    for (const name of readdirSync(at('tmp'))) rmSync(at('tmp', name), { recursive: true });
  });

  it('is what --out names, if that is new, empty or of an earlier run', async () => {
    for (const text of ['first', 'second']) {
      expect(await run(write('x', text), '--out', 'deep/out')).toMatchObject({ status: 0 });
      expect(readFileSync(at('deep/out/x'), 'utf8')).toBe(text);
    }
  });

  it('is refused, and nothing runs, where --out holds files of others', async () => {
    cli.write('mine/x', 'precious');
    const refused = await run('print("ran")', '--out', 'mine');
    expect(refused).toMatchObject({
      status: 2,
      stdout: '',
      stderr: expect.stringContaining('--overwrite'),
    });
    expect(readdirSync(at('mine'))).toEqual(['x']);
    expect(await run(write('x', 'new'), '--out', 'mine', '--overwrite')).toMatchObject({
      status: 0,
    });
    expect(readFileSync(at('mine/x'), 'utf8')).toBe('new');
  });

  it('is refused where none can be made', async () => {
    cli.write('file', '');
    for (const out of ['file', 'file/below', '/proc/belljar']) {
      expect(await run('print("ran")', '--out', out)).toMatchObject({ status: 2, stdout: '' });
    }
  });

  it('is not made with --no-save', async () => {
    expect(await run(write('x'), '--no-save')).toMatchObject({ status: 0, stderr: '' });
    expect(existsSync(at('belljar-out'))).toBe(false);
  });

  it('has files beyond the limit of one response too', async () => {
    await run('open("big", "wb").write(b"x" * 110_000_000)\nopen("small", "w").write("s")');
    expect(lstatSync(at('belljar-out/big')).size).toBe(110_000_000);
    expect(lstatSync(at('belljar-out/small')).size).toBe(1);
  });
});

describe('hostile names', () => {
  it('are saved and printed without a character that a terminal obeys', async () => {
    const { stderr } = await run(
      `${write('t\u001b]0;x\u0007\n.txt')}${write('gpj.\u202eexe')}open(b"\\xff", "w").write("b")`,
    );
    const names = ['\\xff', 'gpj.\\u{202e}exe', 't\\x1b]0;x\\x07\\x0a.txt'];
    expect(readdirSync(at('belljar-out')).sort()).toEqual(['.belljar-out', ...names].sort());
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    expect(stderr).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/);
    expect(stderr.trimEnd().split('\n')).toHaveLength(3);
  });

  it('that come to be the same are kept apart', async () => {
    await run(write('a\u0001', 'control') + write('a\\x01', 'written out'));
    const contents = readdirSync(at('belljar-out'))
      .filter((name) => name.startsWith('a'))
      .map((name) => readFileSync(at('belljar-out', name), 'utf8'));
    expect(contents.sort()).toEqual(['control', 'written out']);
  });

  it('of the longest kind are cut', async () => {
    expect(await run(write('\u0001'.repeat(255)))).toMatchObject({ status: 0 });
    const [name = ''] = readdirSync(at('belljar-out')).filter((one) => one !== '.belljar-out');
    expect(name).toMatch(/^(\\x01)+.*~[0-9a-f]{8}$/);
  });

  it('do not take the place of the mark', async () => {
    await run(write('.belljar-out', 'forged'));
    expect(readFileSync(at('belljar-out/.belljar-out'), 'utf8')).toContain('belljar run');
    expect(readFileSync(at('belljar-out/.belljar-out~2'), 'utf8')).toBe('forged');
  });

  it('of links, pipes and what they point to are not saved', async () => {
    const { status } = await run(
      `import os\nos.symlink("/etc/passwd", "link")\nos.mkfifo("pipe")\n${write('plain')}`,
    );
    expect(status).toBe(0);
    expect(readdirSync(at('belljar-out')).sort()).toEqual(['.belljar-out', 'plain']);
  });
});

describe('links in the output folder', () => {
  it('are replaced where a file goes, and what they point to stays', async () => {
    await run(write('x', 'first'));
    cli.write('target', 'precious');
    unlinkSync(at('belljar-out/x'));
    symlinkSync('../target', at('belljar-out/x'));
    expect(await run(write('x', 'second'))).toMatchObject({ status: 0 });
    expect(readFileSync(at('target'), 'utf8')).toBe('precious');
    expect(lstatSync(at('belljar-out/x')).isFile()).toBe(true);
  });

  it('are not gone through where a folder goes; the loss is told, with 125, and the rest saved', async () => {
    const program = `import os; os.makedirs("sub")\n${write('sub/x')}${write('y')}`;
    await run(program);
    mkdirSync(at('outside'));
    rmSync(at('belljar-out/sub'), { recursive: true });
    symlinkSync('../outside', at('belljar-out/sub'));
    const { status, stderr } = await run(program);
    expect({ status, stderr }).toMatchObject({
      status: 125,
      stderr: expect.stringMatching(/NOT_SAVED: sub\/x: a link[\s\S]*saved belljar-out\/y/),
    });
    expect(readdirSync(at('outside'))).toEqual([]);
    expect(readlinkSync(at('belljar-out/sub'))).toBe('../outside');
    expect(readdirSync(at('belljar-out')).filter((name) => name.startsWith('.belljar-'))).toEqual([
      '.belljar-out',
    ]);
  });
});
