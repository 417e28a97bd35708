/** What code in an isolate means: declarations, values, errors, modules, timers, files, replay. */
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  createIsolateSession,
  type ExecuteRequest,
  type IsolateSession,
  type Outcome,
} from './isolate-session.js';

const guestFolder = fileURLToPath(
  new URL('dist/bundle', import.meta.resolve('@belljar/core/package.json')),
);
const workspaceFolder = mkdtempSync(join(tmpdir(), 'belljar-isolate-'));
const CLOCK_MS = 1_700_000_000_000;
const opened: IsolateSession[] = [];
let session: IsolateSession;

const modules = {
  seven: 'module.exports = { n: 7 }',
  '@scope/es': `import { n } from 'seven'
import fs from 'node:fs'
export default class Kind {}
export const twice = () => n * 2
export { fs as files, n as 'a name' }
export * from 'seven'
export const failing = () => { throw new Error('inside') }`,
  broken: 'export const = 1',
};

async function open(memoryBytes = 128 * 1_048_576): Promise<IsolateSession> {
  const made = await createIsolateSession({
    memoryBytes,
    workspaceFolder,
    guestFolder,
    modules,
  });
  opened.push(made);
  return made;
}

type Ran = Outcome & { stdout: string; stderr: string; displays: Record<string, unknown>[] };

async function runIn(
  where: IsolateSession,
  code: string,
  request: Partial<ExecuteRequest> = {},
): Promise<Ran> {
  const heard = { stdout: '', stderr: '', displays: [] as Record<string, unknown>[] };
  const outcome = await where.execute(
    { code, clockMs: CLOCK_MS, seed: 'seed', ...request },
    {
      stdout: (text) => {
        heard.stdout += text;
      },
      stderr: (text) => {
        heard.stderr += text;
      },
      display: (bundle) => heard.displays.push(bundle),
    },
  );
  return { ...outcome, ...heard };
}

const run = (code: string): Promise<Ran> => runIn(session, code);
const value = async (code: string): Promise<unknown> => {
  const { error, result } = await run(code);
  expect(error).toBeUndefined();
  return result?.['text/plain'];
};
const failure = async (code: string) => (await run(code)).error;

beforeAll(async () => {
  session = await open();
});

afterAll(() => {
  for (const one of opened) one.dispose();
  rmSync(workspaceFolder, { recursive: true });
});

describe('declarations', () => {
  it('outlive the execution and may be made again', async () => {
    await run(
      'let a = 1; const b = 2; var c = 3\nfunction f() { return a + b + c }\nclass K { #v = f(); get v() { return this.#v } }',
    );
    expect(await value('new K().v')).toBe('6');
    await run('const a = 10; class b { static valueOf() { return 1 } }');
    expect(await value('f()')).toBe('14');
    expect(await failure('a = 2')).toMatchObject({ message: 'Assignment to constant variable.' });
  });

  it('are kept after an exception, as far as the code came', async () => {
    await run('let reached = 1; throw new Error("stop"); reached = 2');
    expect(await value('reached')).toBe('1');
  });
});

describe('values', () => {
  it('are of the last expression, awaited', async () => {
    expect(await value('1; 2')).toBe('2');
    expect(await value('(async () => 8)()')).toBe('8');
    expect(await value('await new Promise((resolve) => setTimeout(resolve, 1, 7))')).toBe('7');
    for (const code of ['', '// nothing', 'let n = 1', 'if (true) 1', 'undefined', ';']) {
      expect((await run(code)).result).toBeUndefined();
    }
  });

  it('have JSON where it says all there is, and a text where they are long', async () => {
    expect((await run('({ a: [1, null, "ü"] })')).result?.['application/json']).toEqual({
      a: [1, null, 'ü'],
    });
    expect((await run('new Map([[1, { a: 2 }]])')).result).toEqual({
      'text/plain': 'Map(1) { 1 => { a: 2 } }',
    });
    const long = await run('Array.from({ length: 2e6 }, (_, index) => index)');
    expect(long.result?.['text/plain']).toContain('1999800 more items');
  });

  it('show themselves, in order with what is printed', async () => {
    const { displays, stdout, stderr } = await run(`
console.log('%s is %d', 'a', 1)
console.table([{ a: 1, b: '<2>' }])
display({ 'image/png': Uint8Array.of(137, 80) }, { raw: true })
display({ [Symbol.for('Jupyter.display')]: () => ({ 'text/markdown': '# own' }) })
console.group('outer'); console.warn('inner'); console.groupEnd()`);
    expect(stdout).toBe('a is 1\nouter\n');
    expect(stderr).toBe('  inner\n');
    expect(displays[0]?.['text/plain']).toContain("│ 0       │ 1 │ '<2>' │");
    expect(displays[0]?.['text/html']).toContain('<td>&#60;2&#62;</td>');
    expect(displays.slice(1)).toMatchObject([
      { 'image/png': 'iVA=' },
      { 'text/markdown': '# own' },
    ]);
  });

  it('of variables are listed', async () => {
    const own = await open();
    await runIn(own, 'let b = new Float64Array(4); const a = [1, "x"]; let _hidden = 1');
    expect(await own.variables()).toMatchObject([
      { name: 'a', type: 'Array', preview: "[ 1, 'x' ]" },
      { name: 'b', type: 'Float64Array', sizeBytes: 32 },
    ]);
  });
});

describe('errors', () => {
  it('have the code’s own lines and columns, and nothing of the host', async () => {
    const error = await failure(`const limit = 3
function check(n) {
  if (n > limit) throw new RangeError('too large', { cause: new Error('first') })
}
[1, 5].forEach((n) => check(n))`);
    expect(error).toMatchObject({ name: 'RangeError', message: 'too large' });
    const lines = error?.traceback.split('\n') ?? [];
    expect(lines[1]).toMatch(/at check \(<execution \d+>:3:24\)$/);
    expect(error?.traceback).toContain('Caused by:\n  Error: first');
    for (const code of [
      'new Error("shown").stack',
      'let shown; try { fs.readFileSync("none") } catch (e) { shown = e.stack }; shown',
    ]) {
      expect(await value(code)).not.toMatch(/node:|belljar|isolated|\/tmp|\/work|file:/);
    }
  });

  it('of syntax say where', async () => {
    expect((await failure('let a = 1\nlet b = = 2'))?.traceback).toMatch(
      /<execution \d+>:2:9\n {8}let b = = 2\n {8} {8}\^$/,
    );
    expect((await failure(`${'['.repeat(200_000)}1`))?.message).toContain('nested too deeply');
  });

  it('outside the code’s own flow are not lost, and come with their place', async () => {
    const floating = await failure('1\nPromise.reject(new TypeError("floating")); 1');
    expect(floating).toMatchObject({ name: 'TypeError', message: 'floating' });
    expect(floating?.traceback).toMatch(/<execution \d+>:2:16/);
    expect(
      await failure('class Own extends Error { name = "Own" }; Promise.reject(new Own("o"))'),
    ).toMatchObject({ name: 'Own' });
    expect(await failure('Promise.reject({ no: "error" }); 1')).toBeDefined();
    expect(await failure('setTimeout(() => { throw new Error("late") }, 1); 1')).toMatchObject({
      message: 'late',
    });
    expect(await failure('queueMicrotask(() => { throw new Error("micro") }); 1')).toMatchObject({
      message: 'micro',
    });
    expect(await value('const p = Promise.reject(1); await null; p.catch(() => 2)')).toBe('2');
  });

  it('are raised for what nothing will settle', async () => {
    expect(await failure('await new Promise(() => {})')).toMatchObject({ name: 'NeverSettled' });
    expect(await value('1')).toBe('1');
  });

  it('of process.exit keep the state', async () => {
    expect(await failure('let before = 1; process.exit(2)')).toMatchObject({ name: 'Exit' });
    expect(await value('before')).toBe('1');
  });
});

describe('TypeScript', () => {
  it('has its types stripped, with places as they were', async () => {
    expect(
      await value(
        'interface Row { n: number }\nconst rows: Row[] = [{ n: 1 }]\nrows[0]!.n as number',
      ),
    ).toBe('1');
    expect((await failure('let n: number = 1\nn.nothing()'))?.traceback).toMatch(/:2:3\)?\n/);
  });

  it('may have enumerations and what else is more than types', async () => {
    const error = await failure(`enum Colour { Red = 1, Green }
class Point { constructor(public x: number) {} }
const made = new Point(Colour.Green)
if (made.x === 2) throw new Error(Colour[made.x])`);
    expect(error?.message).toBe('Green');
    expect(error?.traceback).toMatch(/<execution \d+>:4:25\)?\n/);
    expect(await value('Colour.Red')).toBe('1');
  });
});

describe('modules', () => {
  it('of Node and given ones are the same by require, import and import()', async () => {
    expect(await value("require('fs') === fs && require('node:fs') === fs")).toBe('true');
    await run(
      "import * as paths from 'path'; import { n } from 'seven'; import seven from 'seven'",
    );
    expect(
      await value(
        "[paths.join('a', '..', 'b'), n, seven === require('seven'), (await import('seven')).default === seven]",
      ),
    ).toBe("[ 'b', 7, true, true ]");
    for (const name of ['assert', 'buffer', 'crypto', 'events', 'timers/promises', 'url', 'util']) {
      expect(await value(`typeof require('${name}')`)).toMatch(/object|function/);
    }
  });

  it('may be ECMAScript modules', async () => {
    await run("import Kind, { twice, files, 'a name' as named } from '@scope/es'");
    expect(await value('[Kind.name, twice(), files === fs, named]')).toBe(
      "[ 'Kind', 14, true, 7 ]",
    );
    const inside = await failure("require('@scope/es').failing()");
    expect(inside?.traceback).toContain('<module @scope/es>:7:38');
    expect((await failure("require('broken')"))?.message).toContain(
      "The module 'broken' cannot be read",
    );
    expect(await failure("import { none } from 'seven'")).toMatchObject({ name: 'SyntaxError' });
  });

  it.for([
    "require('http')",
    "import net from 'node:net'",
    "await import('child_process')",
    "fetch('http://a')",
  ])('that are not there are refused with a list of those that are: %s', async (code) => {
    expect((await failure(code))?.message).toMatch(/no network.*'fs\/promises'.*'seven'/);
  });
});

describe('timers', () => {
  it('fire in order and are waited for', async () => {
    const { stdout, stderr } = await run(`
setTimeout(() => { console.log('second'); setImmediate(() => console.log('third')) }, 5)
const ticking = setInterval(() => { console.log('tick'); clearInterval(ticking) }, 1)
const stopped = setTimeout(() => console.log('never'), 2); clearTimeout(stopped)
console.log('first')`);
    expect(stdout).toBe('first\ntick\nsecond\nthird\n');
    expect(stderr).toBe('');
  });

  it('that are left are cut, and said so', async () => {
    const left = await run('let fired = 0; setInterval(() => { fired += 1 }, 1).unref(); 1');
    expect(left.stderr).toBe('1 timer was cut: nothing runs after an execution has ended.\n');
    expect(await value('await new Promise((resolve) => setTimeout(resolve, 5)); fired')).toBe('0');
  });

  it('may be many', async () => {
    expect(
      await value(
        'let n = 0; for (let i = 0; i < 60; i++) setTimeout(() => { n += 1 }, i % 3); await new Promise((r) => setTimeout(r, 5)); n',
      ),
    ).toBe('60');
  });
});

describe('files', () => {
  it('are those of the workspace', async () => {
    expect(
      await value(`
fs.mkdirSync('out/deep', { recursive: true }); fs.writeFileSync('/workspace/out/b.txt', Buffer.from('häll'))
await fs.promises.appendFile('out/b.txt', '!')
const { size, mtime } = fs.statSync('out/b.txt')
fs.renameSync('out/b.txt', 'c.txt'); fs.copyFileSync('c.txt', 'out/deep/d.txt')
const callback = await new Promise((done) => fs.readFile('c.txt', 'utf8', (error, text) => done(text)))
;[callback, size, mtime instanceof Date, fs.readdirSync('.', { recursive: true }), fs.existsSync('none')].map(String)`),
    ).toBe("[ 'häll!', '6', 'true', 'c.txt,out,out/deep,out/deep/d.txt', 'false' ]");
    expect(readFileSync(join(workspaceFolder, 'c.txt'), 'utf8')).toBe('häll!');
    expect(
      await value(
        "fs.rmSync('out', { recursive: true }); fs.readFileSync('c.txt').toString('hex')",
      ),
    ).toBe("'68c3a46c6c21'");
    expect(await failure("fs.writeFileSync('c.txt', 'x', { flag: 'wx' })")).toMatchObject({
      message: "EEXIST: file already exists, open 'c.txt'",
    });
  });

  it('are listed, described and made as Node does', async () => {
    expect(
      await value(`
const made = fs.mkdtempSync('tmp-'); const first = fs.mkdirSync(made + '/a/b', { recursive: true })
fs.cpSync(made, 'copy', { recursive: true }); fs.writeFileSync('copy/a/f', '12345'); fs.truncateSync('copy/a/f', 2); fs.utimesSync('copy/a/f', 5, 5)
const [entry] = fs.readdirSync('copy/a', { withFileTypes: true })
const seen = [made.length, first === '/workspace/' + made + '/a', entry.name, entry.isDirectory(), entry.parentPath, fs.readFileSync('copy/a/f', 'utf8'), fs.statSync('copy/a/f').mtimeMs, fs.realpathSync('copy/../copy')]
fs.rmSync(made, { recursive: true }); fs.rmSync('copy', { recursive: true, force: true }); seen.join()`),
    ).toBe("'10,true,b,true,copy/a,12,5000,/workspace/copy'");
    for (const [code, message] of [
      ["fs.rmdirSync('none')", 'ENOENT'],
      ["fs.mkdirSync('c.txt')", 'EEXIST'],
      ["fs.readdirSync('c.txt')", 'ENOTDIR'],
      ["fs.readFileSync('.')", 'EISDIR'],
      ["fs.rmSync('/workspace', { recursive: true })", 'EACCES'],
      ["fs.renameSync('c.txt', '../c.txt')", 'ENOENT'],
      ["fs.writeFileSync('c.txt/x', '')", 'ENOTDIR'],
    ] as const) {
      expect((await failure(code))?.message).toContain(`${message}: `);
    }
  });

  it.for([
    '/etc/passwd',
    '../x',
    '/proc/self/environ',
    '/workspace/../x',
    'link',
    'link/x',
    'a\\0b',
    '',
  ])('outside are not there: %s', async (path) => {
    const link = join(workspaceFolder, 'link');
    rmSync(link, { force: true });
    symlinkSync('/etc', link);
    const error = await failure(`fs.readFileSync('${path}')`);
    expect(error?.message).toMatch(/^(ENOENT|EINVAL): /);
    expect(error?.traceback).not.toMatch(/belljar|file:|\/tmp/);
    expect(await failure(`fs.writeFileSync('${path}', 'x')`)).toBeDefined();
    rmSync(link);
  });

  it('count against the room that is left', async () => {
    const own = await open();
    const room = { bytes: 10, files: 1 };
    const code = "fs.writeFileSync('room', 'x'.repeat(10)); fs.writeFileSync('room2', '')";
    expect((await runIn(own, code, { room })).error?.message).toContain('ENOSPC');
    rmSync(join(workspaceFolder, 'room'));
  });
});

describe('a replay', () => {
  const code = `
const seen = [Date.now(), new Date().getTime(), performance.now(), Math.random(), crypto.randomUUID(), crypto.getRandomValues(new Uint8Array(4)).join()]
setTimeout(() => seen.push('slow', Date.now()), 40); setTimeout(() => seen.push('quick', Date.now()), 3)
for (let i = 0; i < 3; i++) { await new Promise((r) => setTimeout(r, 4)); seen.push(performance.now(), new Intl.DateTimeFormat('en', { timeStyle: 'full' }).format()) }
fs.writeFileSync('t', ''); seen.push(fs.statSync('t').mtimeMs)
while (Date.now() < ${CLOCK_MS} + 60) seen.length
await new Promise((r) => setTimeout(r, 1)); seen.join()`;

  it('reads what was read, and waits for no timer', async () => {
    const [first, second] = [await open(), await open()];
    const before = await runIn(first, code);
    expect(before.trace.exact).toBe(true);
    writeFileSync(join(workspaceFolder, 't'), 'other time');
    const after = await runIn(second, code, { replay: before.trace.data });
    expect(after.result).toEqual(before.result);
    expect(after.trace).toEqual(before.trace);
    const other = await runIn(await open(), code, { seed: 'another' });
    expect(other.result).not.toEqual(before.result);
    expect(
      (await runIn(second, 'await new Promise((r) => setTimeout(r, 1e9, 5))', { replay: '0*2,;;' }))
        .result,
    ).toEqual({ 'text/plain': '5' });
  });
});

describe('an isolate', () => {
  it('is ended by an interrupt, whatever it does', async () => {
    for (const code of [
      'for (;;);',
      'await new Promise((r) => setTimeout(r, 1e6))',
      '/(a+)+$/.test("a".repeat(50) + "b")',
      'const f = () => Promise.resolve().then(f); await f()',
      'Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1e6)',
    ]) {
      const own = await open();
      const running = own.execute(
        { code: `console.log(1); ${code}`, clockMs: CLOCK_MS, seed: '' },
        { stdout: () => own.interrupt(), stderr: () => {}, display: () => {} },
      );
      expect(await running).toMatchObject({ ended: 'interrupted' });
      expect(own.disposed).toBe(true);
    }
  });

  it('says that its memory is used up', async () => {
    const own = await open(16 * 1_048_576);
    const { ended } = await runIn(
      own,
      'const all = []; for (;;) all.push("x".repeat(1e4) + all.length)',
    );
    expect(ended).toBe('out-of-memory');
  });
});
