/** What JavaScript in a sandbox means: declarations, values, errors, modules, timers, files. */
import type { Execution, Sandbox } from '@belljar/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { useSandboxes } from '../helpers/test-engine.js';
import { verifies } from '../helpers/verifies.js';

const modules = {
  seven: 'module.exports = { n: 7 }',
  '@scope/eight': "import { n } from 'seven'\nexport const eight = n + 1\nexport default 'own'",
};
const create = useSandboxes({ javascript: { modules }, onWarning: () => {} });
const language = 'javascript';
let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await create({ language });
});

const ok = async (code: string): Promise<Execution> => {
  const execution = await sandbox.execute(code);
  expect(execution.error).toBeUndefined();
  return execution;
};
const value = async (code: string): Promise<unknown> => (await ok(code)).result?.['text/plain'];
const failure = async (code: string) => (await sandbox.execute(code)).error;

describe('declarations', () => {
  verifies('state.between-calls', 'JavaScript: variables, functions and classes stay', async () => {
    await ok(
      'let a = 1; const b = 2; var c = 3\nfunction f() { return a + b + c }\nclass K { v = f() }',
    );
    expect(await value('new K().v')).toBe('6');
    await ok('import { join } from "node:path"; fs.writeFileSync("kept.txt", "k")');
    expect(await value('join("a", fs.readFileSync("kept.txt", "utf8"))')).toBe("'a/k'");
  });

  it('may be made again, as others or as the same', async () => {
    await ok('const again = 1\nfunction g() { return again }');
    await ok('const again = 2');
    expect(await value('g()')).toBe('2');
    await ok('class again { static n = 3 }');
    expect(await value('let again = class { static n = 4 }; again.n')).toBe('4');
    await ok('function again() { return 5 }');
    expect(await value('again()')).toBe('5');
  });

  it('of functions hold before their line, and for those made earlier', async () => {
    expect(
      await value('function early() { return late() }\nfunction late() { return 1 }\nearly()'),
    ).toBe('1');
    expect((await ok('console.log(first()); function first() { return early() }')).stdout).toBe(
      '1\n',
    );
    await ok('function late() { return 2 }');
    expect(await value('early()')).toBe('2');
  });

  it('of constants cannot be assigned to', async () => {
    await ok('const fixed = 1');
    expect(await failure('fixed = 2')).toMatchObject({
      name: 'TypeError',
      message: 'Assignment to constant variable.',
    });
    expect(await value('fixed')).toBe('1');
  });

  it('in loops and blocks stay there, but for var', async () => {
    await ok('for (let i = 0; i < 3; i++) { const inner = i; var outer = inner }');
    expect(await value('[typeof i, typeof inner, outer].join()')).toBe("'undefined,undefined,2'");
  });

  it('of runtime names do not break the runtime', async () => {
    const own = await create({ language });
    await own.execute(
      'class Map {}; class Set {}; let Buffer = 1, JSON = 2, Promise = 3, Error = 4',
    );
    await own.execute('Object.prototype.extra = 1; Array.prototype.last = 2');
    const execution = await own.execute('console.log(Buffer); [JSON, typeof Map]');
    expect(execution).toMatchObject({ status: 'ok', stdout: '1\n' });
    expect(execution.result?.['text/plain']).toContain("2, 'function'");
  });
});

describe('values', () => {
  it('are the last expression, awaited, and undefined without one', async () => {
    expect(await value('1; 2')).toBe('2');
    expect(await value("'text'")).toBe("'text'");
    expect(await value('await new Promise((resolve) => setTimeout(resolve, 1, 7))')).toBe('7');
    expect(await value('(async () => 8)()')).toBe('8');
    for (const code of ['', '// nothing', 'let n = 1', 'if (true) 1', 'undefined', ';']) {
      expect((await ok(code)).result).toBeUndefined();
    }
  });

  it('have JSON where it says all there is', async () => {
    const json = async (code: string) => (await ok(code)).result?.['application/json'];
    expect(await json('({ a: [1, null, "ü"] })')).toEqual({ a: [1, null, 'ü'] });
    for (const code of ['new Map()', '[NaN]', '({ get a() { return 1 } })', '[new Date(0)]']) {
      expect(await json(code)).toBeUndefined();
    }
    await ok('const ring = []; ring.push(ring)');
    expect(await json('ring')).toBeUndefined();
  });

  it('are of the language’s own classes, whatever made them', async () => {
    expect(
      await value(`[structuredClone([1]) instanceof Array, fs.readdirSync('.') instanceof Array,
        new TextEncoder().encode('a') instanceof Uint8Array, await (async () => 1)() === 1,
        new URL('http://a/b') instanceof URL, crypto.randomUUID().length].join()`),
    ).toBe("'true,true,true,true,true,36'");
  });

  it('can show themselves', async () => {
    const { displays, outputs } = await ok(`
console.log('before')
display({ 'text/html': '<b>1</b>', 'image/png': Uint8Array.of(137, 80) }, { raw: true })
console.table([{ a: 1, b: '<2>' }])
display({ [Symbol.for('Jupyter.display')]: () => ({ 'text/markdown': '# own' }) });`);
    expect(outputs.map(({ type }) => type)).toEqual(['stdout', 'display', 'display', 'display']);
    expect(displays[0]).toMatchObject({ 'text/html': '<b>1</b>', 'image/png': 'iVA=' });
    expect(displays[1]?.['text/plain']).toContain('│ a │ b');
    expect(displays[1]?.['text/html']).toContain('<td>&#60;2&#62;</td>');
    expect(displays[2]).toMatchObject({ 'text/markdown': '# own' });
  });

  it('that no frame can hold are left out, and that is said', async () => {
    const { displays, result, truncated } = await ok(`
const large = 'ü'.repeat(20e6)
display({ 'text/html': large, 'text/markdown': 'small' }, { raw: true })
large`);
    expect(truncated).toBe(true);
    expect(displays.map((bundle) => Object.keys(bundle).sort())).toEqual([
      ['text/markdown', 'text/plain'],
    ]);
    expect(result?.['text/plain']).toContain('cut after');
  });

  it('of variables are listed with type, size and preview', async () => {
    const own = await create({ language });
    await own.execute(
      'let b = new Float64Array(4); const a = [1, "x"]; let _hidden = 1; function f() {}',
    );
    expect(await own.variables()).toMatchObject([
      { name: 'a', type: 'Array', preview: "[ 1, 'x' ]" },
      { name: 'b', type: 'Float64Array', sizeBytes: 32 },
      { name: 'f', type: 'function', preview: '[Function: f]' },
    ]);
  });
});

describe('output', () => {
  it('comes from console and from process, each stream in order', async () => {
    const { stdout, stderr } = await ok(
      "console.log('%s is %d', 'a', 1); console.error('e'); process.stdout.write('no line')",
    );
    expect([stdout, stderr]).toEqual(['a is 1\nno line', 'e\n']);
  });

  it('keeps head and tail within its limit', async () => {
    const own = await create({ language, limits: { outputBytes: 1_000, displays: 2 } });
    const execution = await own.execute(
      "for (let i = 0; i < 1e5; i++) console.log('line ' + i)\nfor (const i of [1, 2, 3]) display(i)",
    );
    expect(execution).toMatchObject({ status: 'ok', truncated: true });
    expect(execution.stdout).toMatch(/^line 0\n.*bytes of output left out.*line 99999\n$/s);
    expect(execution.stdout.length).toBeLessThan(1_200);
    expect(execution.displays).toHaveLength(2);
  });
});

describe('errors', () => {
  it('show the code’s own lines, and no path of the host', async () => {
    const error = await failure(`const limit = 3
function check(n) {
  if (n > limit) throw new RangeError('too large', { cause: new Error('first') })
}
[1, 5].forEach((n) => check(n))`);
    expect(error).toMatchObject({ name: 'RangeError', message: 'too large' });
    const lines = error?.traceback.split('\n') ?? [];
    expect(lines[0]).toBe('RangeError: too large');
    expect(lines[1]).toMatch(/at check \(<execution \d+>:3:24\)$/);
    expect(lines[2]?.trim()).toBe(
      "if (n > limit) throw new RangeError('too large', { cause: new Error('first') })",
    );
    expect(error?.traceback).toContain('Caused by:\n  Error: first');
    expect(error?.traceback).not.toMatch(/node:|belljar|\/tmp|\/work|\.cjs/);
    expect(await value('new Error("shown").stack')).not.toMatch(/node:|belljar|\/tmp|\.cjs/);
  });

  it('of syntax say where', async () => {
    const error = await failure('let a = 1\nlet b = = 2');
    expect(error?.name).toBe('SyntaxError');
    expect(error?.traceback).toMatch(/<execution \d+>:2:9\n {8}let b = = 2\n {8} {8}\^$/);
    expect((await failure('let a; let a'))?.message).toContain("'a' has already been declared");
    expect((await failure('return 1'))?.message).toContain('return');
  });

  it('may be any value, and objects that answer to nothing', async () => {
    expect(await failure('throw "text"')).toMatchObject({ name: 'Thrown', message: 'text' });
    expect(await failure('throw undefined')).toMatchObject({ name: 'Thrown' });
    expect(
      await failure('throw { get stack() { throw 1 }, get name() { throw 2 } }'),
    ).toBeDefined();
    expect(await failure('throw new Proxy({}, { get() { throw 1 } })')).toBeDefined();
    expect(await failure('const deep = () => deep(); deep()')).toMatchObject({
      name: 'RangeError',
    });
  });

  it('outside the code’s own flow are not lost', async () => {
    expect(await failure('Promise.reject(new Error("floating")); 1')).toMatchObject({
      message: 'floating',
    });
    expect(await failure('setTimeout(() => { throw new Error("late") }, 1); 1')).toMatchObject({
      message: 'late',
    });
    expect((await ok('6 * 7')).status).toBe('ok');
  });

  it('come from process.exit() too, which keeps the state', async () => {
    await ok('let before = 1');
    expect(await failure('process.exit(2)')).toMatchObject({ name: 'Exit' });
    expect(await value('before')).toBe('1');
  });
});

describe('TypeScript', () => {
  it('has its types stripped, with lines as they were', async () => {
    expect(
      await value(`interface Row { n: number }
const rows: Row[] = [{ n: 1 }, { n: 2 }]
const sum = <T extends Row>(all: T[]): number => all.reduce((total, { n }) => total + n, 0)
sum(rows) as number`),
    ).toBe('3');
    expect((await failure('let n: number = 1\nn.nothing()'))?.traceback).toMatch(/:2:3\)?\n/);
  });

  it('that is more than types runs too', async () => {
    expect(await value('enum E { A, B }; E.B')).toBe('1');
  });
});

describe('modules', () => {
  it('that are there are found by require, import and import()', async () => {
    expect(await value("require('fs') === fs && require('node:fs') === fs")).toBe('true');
    await ok("import * as paths from 'path'; import fsAgain, { promises } from 'fs'");
    expect(await value("paths.join('a', '..', 'b') + (fsAgain === fs)")).toBe("'btrue'");
    expect(await value("(await import('fs/promises')).readFile === fs.promises.readFile")).toBe(
      'true',
    );
  });

  it('that the engine was given are there beside them', async () => {
    await ok("import own, { eight } from '@scope/eight'");
    expect(await value("[own, eight, require('seven').n, (await import('seven')).n]")).toBe(
      "[ 'own', 8, 7, 7 ]",
    );
    expect((await failure("require('nine')"))?.message).toContain("'seven', '@scope/eight'");
  });

  it.for([
    "require('http')",
    "require('./mine.js')",
    "import net from 'node:net'",
    "await import('child_process')",
  ])('that are not are refused with a sentence: %s', async (code) => {
    expect((await failure(code))?.message).toMatch(/There is no module '.*' in a sandbox/);
  });

  it('are not found from text that code evaluates', async () => {
    expect(await failure('await eval(\'import("node:fs")\')')).toBeDefined();
    expect(await failure('await new Function(\'return import("node:net")\')()')).toBeDefined();
  });

  it('give no way to Node’s own, nor to the network', async () => {
    const { message } = (await failure("await fetch('http://example.com')")) ?? {};
    expect(message).toContain('has no network');
    expect((await failure("new WebSocket('ws://example.com')"))?.message).toContain('no network');
    expect(
      await value(`[typeof process.binding, typeof process.getBuiltinModule, typeof process.mainModule,
        typeof process.on, typeof module, typeof console._stdout?.fd,
        Object.getOwnPropertySymbols(globalThis).filter((s) => s !== Symbol.toStringTag).length,
        Function('return typeof process.binding')()].join()`),
    ).toBe("'undefined,undefined,undefined,undefined,undefined,undefined,0,undefined'");
  });
});

describe('timers', () => {
  it('are waited for, as a script is', async () => {
    const { stdout, result } = await ok(`
setTimeout(() => { console.log('second'); setImmediate(() => console.log('third')) }, 5)
const ticking = setInterval(() => { console.log('tick'); clearInterval(ticking) }, 1)
console.log('first')
1`);
    expect(stdout).toBe('first\ntick\nsecond\nthird\n');
    expect(result).toMatchObject({ 'text/plain': '1' });
  });

  it('do not outlive an execution that nobody waits for', async () => {
    await ok("let fired = 0; setInterval(() => { fired += 1; console.log('x') }, 1).unref(); 1");
    const { stdout } = await ok('await new Promise((resolve) => setTimeout(resolve, 20)); fired');
    expect(stdout).toBe('');
  });
});

describe('files', () => {
  it('are those of the workspace, by relative and by absolute paths', async () => {
    const own = await create({ language });
    const { files, stdout } = await own.execute({
      code: `fs.mkdirSync('out'); fs.writeFileSync('/workspace/out/b.txt', fs.readFileSync('in/a.txt'))
await fs.promises.appendFile('out/b.txt', '!')
fs.readFile('out/b.txt', 'utf8', (error, text) => console.log(text, fs.existsSync('/etc/passwd')))`,
      files: [{ name: 'in/a.txt', content: 'a' }],
    });
    expect(files).toMatchObject([{ name: 'out/b.txt', change: 'created', sizeBytes: 2 }]);
    expect(stdout).toBe('a! false\n');
    await own.execute("fs.renameSync('out/b.txt', 'c.txt'); fs.rmSync('in', { recursive: true })");
    expect((await own.files.list()).map(({ name }) => name)).toEqual(['c.txt', 'out']);
  });

  it('outside are not there, and no message names the machine', async () => {
    for (const path of ['/etc/passwd', '../incoming', '/proc/self/environ', '/workspace/../x']) {
      const error = await failure(`fs.readFileSync(${JSON.stringify(path)})`);
      expect(error?.message).toMatch(/^ENOENT: no such file or directory/);
      expect(error?.traceback).not.toContain('belljar');
    }
  });

  verifies(
    'files.limit',
    'JavaScript: files beyond a response’s limit are read by stream',
    async () => {
      const own = await create({ language });
      const { files, status } = await own.execute(
        "const half = Buffer.alloc(60e6, 'x'); fs.writeFileSync('a', half); fs.writeFileSync('b', half)",
      );
      expect(status).toBe('ok');
      expect(
        files.map(({ name, omitted, sizeBytes }) => [name, omitted ?? false, sizeBytes]),
      ).toEqual([
        ['a', false, 60e6],
        ['b', true, 60e6],
      ]);
      expect(files[1]?.sha256).toBe(files[0]?.sha256);
      expect((await files[1]?.bytes())?.byteLength).toBe(60e6);
    },
  );
});
