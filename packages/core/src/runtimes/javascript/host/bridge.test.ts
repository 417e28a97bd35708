/**
 * Ways out of an isolate that are published, tried on the bridge: nothing of isolated-vm's is found
 * from the code, no function of the host but the one that the guest hides, and no stack of it.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createIsolateSession, type IsolateSession } from './isolate-session.js';

const guestFolder = fileURLToPath(
  new URL('dist/bundle', import.meta.resolve('@belljar/core/package.json')),
);
const workspaceFolder = mkdtempSync(join(tmpdir(), 'belljar-bridge-'));
let session: IsolateSession;

async function open(): Promise<IsolateSession> {
  return createIsolateSession({ memoryBytes: 96 * 1_048_576, workspaceFolder, guestFolder });
}

async function run(code: string, where = session) {
  const sink = { stdout: () => {}, stderr: () => {}, display: () => {} };
  return where.execute({ code, clockMs: 0, seed: '' }, sink);
}

/** What the last expression is, as text: the code makes a text of it. */
async function said(code: string): Promise<string | undefined> {
  const { error, result } = await run(code);
  expect(error).toBeUndefined();
  return result?.['text/plain'] as string | undefined;
}

/** Walks all that can be reached from values, and names what is not the isolate's own. */
const WALK = `
function walk(roots) {
  const seen = new Set()
  const thrower = Object.getOwnPropertyDescriptor((function () { 'use strict'; return arguments })(), 'callee').get
  const { get: stackOf, set: setStack } = Object.getOwnPropertyDescriptor(new Error(), 'stack')
  const known = new Set([Function.prototype, thrower, stackOf, setStack])
  const strange = []
  const waiting = roots.map((value, index) => [value, 'root' + index])
  while (waiting.length > 0) {
    const [value, path] = waiting.pop()
    if ((typeof value !== 'object' && typeof value !== 'function') || value === null) continue
    if (seen.has(value)) continue
    seen.add(value)
    const prototype = Object.getPrototypeOf(value)
    const names = Reflect.ownKeys(value).map(String)
    const ivm = ['applySyncPromise', 'derefInto', 'copyInto', 'createContextSync', 'compileScriptSync', 'evalClosure', 'wallTime', 'typeof', 'transferIn']
    if (ivm.some((name) => names.includes(name) && typeof value === 'object')) strange.push(path + ' has members of isolated-vm')
    if (names.some((name) => name.startsWith('__ivm') || name === 'binding' || name === 'mainModule')) strange.push(path + ' has ' + names)
    // The host's function has no name in the isolate; few of the language's have none.
    if (typeof value === 'function' && value.name === '' && !known.has(value) && /native code/.test(Function.prototype.toString.call(value))) strange.push(path + ' may be a function of the host')
    if (typeof value === 'function' && value !== Function.prototype && !(value instanceof Function)) strange.push(path + ' is a function of another realm')
    if (prototype !== null && typeof value === 'object' && !(value instanceof Object)) {
      let top = prototype
      while (Object.getPrototypeOf(top) !== null) top = Object.getPrototypeOf(top)
      if (top !== Object.prototype && value !== Object.prototype && names.includes('constructor') && value.constructor !== undefined && !(value.constructor instanceof Function)) strange.push(path + ' is an object of another realm')
    }
    waiting.push([prototype, path + '.__proto__'])
    for (const key of Reflect.ownKeys(value)) {
      let found
      try { found = Object.getOwnPropertyDescriptor(value, key) } catch { continue }
      if (!found) continue
      const at = path + '.' + String(key)
      for (const part of [found.value, found.get, found.set]) waiting.push([part, at])
      if (found.get) { try { waiting.push([value[key], at + '()']) } catch (error) { waiting.push([error, at + ' threw']) } }
    }
    if (value instanceof Map) for (const [key, one] of value) waiting.push([key, path + ' key'], [one, path + ' entry'])
    if (value instanceof Set) for (const one of value) waiting.push([one, path + ' entry'])
  }
  return { count: seen.size, strange }
}`;

beforeAll(async () => {
  session = await open();
  await run(WALK);
});

afterAll(() => {
  session.dispose();
  rmSync(workspaceFolder, { recursive: true });
});

describe('from the code', () => {
  it('no object of isolated-vm or of the host is found, wherever it looks', async () => {
    const { error, result } = await run(`
const modules = ['assert', 'buffer', 'console', 'crypto', 'events', 'fs', 'fs/promises', 'path', 'perf_hooks', 'process', 'timers', 'timers/promises', 'url', 'util'].map((name) => require(name))
const errors = []
for (const risky of [() => fs.readFileSync('none'), () => null.x, () => require('none'), () => structuredClone(() => {}), () => crypto.getRandomValues(1), () => new URL('x'), () => { const f = () => f(); f() }, () => atob('~'), () => new Array(-1), () => WebAssembly.Module(), () => display(new Proxy({}, { get() { throw new Error('trap') } }))]) {
  try { risky() } catch (error) { errors.push(error) }
}
const held = [new URL('http://a/?b=c'), fs.statSync('.'), setTimeout(() => {}, 0), fs.promises.readFile('none').catch((error) => error), Buffer.from('a'), fetch('http://a').catch((error) => error), new Date(), performance, new WeakRef({}), new FinalizationRegistry(() => {})]
const awaited = await Promise.all(held)
const sites = []
Error.prepareStackTrace = (error, all) => { sites.push(...all); return '' }
new Error('sync').stack
await (async () => { await null; new Error('async').stack })()
await new Promise((resolve) => setTimeout(() => { new Error('timer').stack; resolve() }, 0))
try { fs.readFileSync('none') } catch (error) { error.stack }
;[1].forEach(() => new Error('native').stack)
const found = walk([globalThis, Reflect.ownKeys(globalThis).map((key) => globalThis[key]), modules, errors, errors.map((one) => one.cause), held, awaited, sites, sites.flatMap((site) => [site.getThis(), site.getFunction(), site.getEvalOrigin()]), Symbol, (async () => {})(), (function* () {})(), (async function* () {})(), arguments => arguments])
found.sites = sites.length
found`);
    expect(error).toBeUndefined();
    const found = result?.['application/json'] as {
      count: number;
      strange: string[];
      sites: number;
    };
    expect(found.strange).toEqual([]);
    expect(found.count).toBeGreaterThan(1_200);
    expect(found.sites).toBeGreaterThan(5);
    await run('Error.prepareStackTrace = undefined');
  });

  it('the walk would find them', async () => {
    expect(
      await said(`
let resolve; new Promise((given) => { resolve = given })
JSON.stringify([{ a: [{ derefInto() {} }] }, new Map([[1, { __ivm_x: 1 }]]), { resolve }].map((one) => walk([one]).strange.length > 0))`),
    ).toBe("'[true,true,true]'");
  });

  it('frames of the guest give no function and no receiver', async () => {
    const own = await open();
    const { result } = await run(
      `
let seen = []
Error.prepareStackTrace = (error, sites) => { seen.push(...sites.map((site) => [String(site), typeof site.getFunction(), typeof site.getThis(), site.getFileName()])); return '' }
const trap = { get [Symbol.for('Jupyter.display')]() { new Error('x').stack }, [Symbol.for('nodejs.util.inspect.custom')]() { new Error('x').stack; return 'y' } }
console.log(trap); display(trap)
try { fs.readFileSync({ get protocol() { new Error('x').stack } }) } catch {}
await { then(resolve) { new Error('x').stack; resolve() } }
seen.filter(([text]) => text.includes('belljar:guest'))`,
      own,
    );
    const guests = result?.['application/json'] as [string, string, string, string][];
    expect(guests.length).toBeGreaterThan(5);
    for (const [text, itsFunction, itsThis, file] of guests) {
      expect([text, itsFunction, itsThis]).toEqual([text, 'undefined', 'undefined']);
      expect(file).toBe('belljar:guest');
    }
    own.dispose();
  });

  it('functions that look like the host’s are made by the isolate', async () => {
    for (const code of [
      'fs.readFileSync.constructor(\'return typeof process.binding + typeof require("fs").openSync\')()',
      'fs.constructor.constructor(\'return typeof process.binding + typeof require("fs").openSync\')()',
      '(async () => {}).constructor(\'return typeof process.binding + typeof require("fs").openSync\')()',
      'new Error().constructor.constructor(\'return typeof process.binding + typeof require("fs").openSync\')()',
      'Object.getPrototypeOf(async function* () {}).constructor(\'yield typeof process.binding + typeof require("fs").openSync\')().next().then(({ value }) => value)',
    ]) {
      expect(await said(code)).toBe("'undefinedundefined'");
    }
    expect(
      await said('typeof this.constructor.constructor("return this")().process.mainModule'),
    ).toBe("'undefined'");
    expect(await said('import.meta ? 1 : 2').catch(() => 'refused')).toBe('refused');
    expect(await said(`(0, eval)('import("node:fs")').catch((error) => error.message)`)).toBe(
      "'Not supported'",
    );
  });
});

/** Prototypes that lie, each in an isolate of its own: whatever the code sees, it sees its own. */
describe('a polluted prototype', () => {
  const HOOKS = `
globalThis.hooks = (() => {
  const { apply, getOwnPropertyDescriptor, getPrototypeOf, ownKeys } = Reflect
  const text = Function.prototype.toString, includes = String.prototype.includes
  const counts = { shown: 0, calls: 0 }
  const note = (value) => { if (typeof value === 'function' && value.name === '' && apply(includes, apply(text, value, []), ['native code'])) counts.shown += 1 }
  const owners = [Function, Array, String, Object, Promise, Map, Set, RegExp, Uint8Array].map((kind) => kind.prototype)
  for (const owner of [...owners, getPrototypeOf(Uint8Array.prototype), JSON, Reflect, Object, Array]) {
    for (const name of ownKeys(owner)) {
      const real = getOwnPropertyDescriptor(owner, name).value
      if (typeof real !== 'function' || name === 'constructor' || real.prototype) continue
      owner[name] = function () {
        counts.calls += 1
        note(this)
        for (let index = 0; index < arguments.length; index += 1) note(arguments[index])
        return apply(real, this, arguments)
      }
    }
  }
  return counts
})()`;

  it('is shown no function of the host', async () => {
    const own = await open();
    expect((await run(HOOKS, own)).error).toBeUndefined();
    await run(
      "console.log({ a: 1 }); fs.writeFileSync('p', 'x'); fs.readFileSync('p'); crypto.randomUUID(); performance.now(); Math.random(); fs.statSync('p'); require('crypto').createHash('md5').update('a').digest(); new URL('http://a'); await new Promise((r) => setTimeout(r, 1)); Promise.reject(new Error('x'))",
      own,
    );
    const { result } = await run('[hooks.shown, hooks.calls > 100]', own);
    expect(result?.['text/plain']).toBe('[ 0, true ]');
    own.dispose();
  });

  it.for([
    'Array.prototype.map = Array.prototype.push = Array.prototype.join = () => { throw new Error("no") }',
    'JSON.stringify = () => "lie"; JSON.parse = () => ({}); Object.prototype.toJSON = () => "lie"',
    'String.prototype.replace = String.prototype.split = () => { throw 1 }; RegExp.prototype.exec = () => null',
    'Promise.prototype.then = function () { return this }; Promise.resolve = () => 1; globalThis.Promise = class {}',
    'Object.defineProperty(Promise, Symbol.species, { value: class { constructor(run) { run(() => {}, () => {}) } } }); Promise.prototype.constructor = class {}',
    'Object.prototype.get = () => 1; Object.prototype.value = 2; Object.prototype.error = "lie"; Object.prototype.ended = "lie"',
    'Object.defineProperty(Array.prototype, 0, { set() { throw new Error("setter") }, get: () => "lie" })',
    'Error.prepareStackTrace = () => { throw new Error("hook") }; Error.captureStackTrace = () => { throw 1 }; Error = 1',
    'Function.prototype.call = Function.prototype.apply = Function.prototype.bind = () => { throw 1 }; Reflect.construct = 1',
    'delete globalThis.console; delete globalThis.__belljar; for (const name of Object.getOwnPropertyNames(globalThis)) try { globalThis[name] = 1 } catch {}',
    'Object.freeze(Object.prototype); Object.freeze(Array.prototype); Object.freeze(globalThis)',
    'Symbol.prototype[Symbol.toPrimitive] = 1; Array[Symbol.species]; Object.setPrototypeOf(Object.prototype.__proto__ ?? {}, null); Map.prototype.get = WeakMap.prototype.get = () => ({})',
  ])('harms the code alone: %s', async (pollution) => {
    const own = await open();
    const first = await run(pollution, own);
    const second = await run('throw new Error("own")', own);
    const third = await run('1 + 1', own);
    for (const outcome of [first, second, third]) {
      expect(outcome.ended).toBeUndefined();
      expect(
        Object.keys(outcome).every((key) =>
          ['result', 'error', 'truncated', 'trace'].includes(key),
        ),
      ).toBe(true);
      expect(JSON.stringify(outcome)).not.toMatch(/file:|node:|isolated-vm|\/work|\/tmp/);
    }
    await own.variables();
    own.dispose();
  });
});

/** Categories of escapes from vm2 that were published; each leaves what it got in `got`. */
describe('a published way out', () => {
  it.for([
    [
      'suppressed errors',
      'try { { using a = { [Symbol.dispose]() { throw fs.readFileSync("none") } }; throw new Error("b") } } catch (error) { got.push(error, error.suppressed, error.error) }',
    ],
    [
      'aggregate errors',
      'await Promise.any([fs.promises.readFile("none"), fetch("http://a")]).catch((error) => got.push(error, ...error.errors))',
    ],
    [
      'stack hooks through Array.fromAsync',
      'Error.prepareStackTrace = (error, sites) => { got.push(...sites); return sites }; await Array.fromAsync({ get [Symbol.asyncIterator]() { got.push(new Error().stack); throw new Error() } }).catch((error) => got.push(error, error.stack))',
    ],
    [
      'captured stacks',
      'const holder = {}; Error.captureStackTrace(holder, fs.readFileSync); got.push(holder, holder.stack)',
    ],
    [
      'deep stacks that overflow in the host',
      'const deep = () => { try { deep() } catch { try { got.push(fs.readFileSync("none")) } catch (error) { got.push(error) } } }; deep(); got.splice(50)',
    ],
    [
      'species of arrays that return themselves',
      'const own = []; own.constructor = { [Symbol.species]: function () { return own } }; got.push(own.map((x) => x), Buffer.from([1]).map((x) => x))',
    ],
    [
      'species of promises',
      'class Own extends Promise { static get [Symbol.species]() { return function (run) { run((value) => got.push(value), (error) => got.push(error)) } } }; const files = fs.promises.readdir("."); got.push(files.catch.call(Own.reject(1), () => {}), files.then.call(Own.resolve(1), (x) => x), await files)',
    ],
    [
      'then of the global promise',
      'const then = Promise.prototype.then; Promise.prototype.then = function (...given) { got.push(this, ...given); return then.apply(this, given) }; await fs.promises.readdir("."); await fetch("http://a").catch(() => {})',
    ],
    [
      'call and apply of what is given',
      'got.push(...[fs.readFileSync, console.log, setTimeout, structuredClone, require].flatMap((f) => [f.call, f.apply, f.bind, f.constructor, Object.getPrototypeOf(f)]))',
    ],
    [
      'arguments and callers',
      'function outer() { got.push(outer.caller, outer.arguments) }; display({ get [Symbol.for("Jupyter.display")]() { outer(); return undefined } }); console.log({ [Symbol.for("nodejs.util.inspect.custom")]: outer })',
    ],
    [
      'arguments of inspection',
      'console.log({ [Symbol.for("nodejs.util.inspect.custom")](...given) { got.push(...given, given[1]?.stylize, given[2]); return "" } })',
    ],
    [
      'a require that is no text',
      'try { require(["fs"]) } catch (error) { got.push(error) }; got.push(require(new String("fs")), require({ toString: () => "path" }))',
    ],
    [
      'getters on exports',
      'got.push(...Object.values(Object.getOwnPropertyDescriptors(fs)), require("node:process"), process.versions, process.stdout)',
    ],
    [
      'exceptions through WebAssembly',
      'const module = new WebAssembly.Module(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0])); got.push(module, await WebAssembly.instantiate(module), WebAssembly.JSTag)',
    ],
    [
      'setters that take from arrays',
      'Object.defineProperty(Array.prototype, "0", { set(value) { got.add?.(value) }, configurable: true }); fs.readdirSync("."); delete Array.prototype[0]',
    ],
    [
      'symbols that the host may know',
      'got.push(...Reflect.ownKeys(Symbol).map((name) => Symbol[name]).filter((one) => typeof one === "symbol").map((one) => globalThis[one]))',
    ],
  ])('leads nowhere: %s', async ([, code]) => {
    const own = await open();
    await run(WALK, own);
    const outcome = await run(
      `const got = []\n${code}\nError.prepareStackTrace = undefined\nwalk(got).strange`,
      own,
    );
    expect(outcome.error).toBeUndefined();
    expect(outcome.result?.['application/json']).toEqual([]);
    own.dispose();
  });
});

describe('values that cross', () => {
  it.for([
    [
      'traps',
      'new Proxy({}, Object.fromEntries(Reflect.ownKeys(Reflect).map((name) => [name, () => { throw new Error(String(name)) }])))',
    ],
    [
      'getters',
      '({ get a() { throw 1 }, get [Symbol.toStringTag]() { throw 2 }, get constructor() { throw 3 } })',
    ],
    [
      'bundles',
      '({ [Symbol.for("Jupyter.display")]: () => ({ get "text/html"() { throw 1 }, "application/json": { toJSON() { throw 2 } } }) })',
    ],
    ['functions', 'Object.assign(() => {}, { toString() { throw 1 } })'],
    ['shared memory', 'new Uint8Array(new SharedArrayBuffer(8))'],
    [
      'a revoked proxy',
      '(() => { const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); return proxy })()',
    ],
    ['no prototype', 'Object.create(null, { [Symbol.iterator]: { get() { throw 1 } } })'],
    ['a thenable', '({ then(resolve) { resolve({ then(again) { again(1) } }) } })'],
    [
      'what raises when it is described',
      '({ [Symbol.for("nodejs.util.inspect.custom")]() { throw { get message() { throw 1 } } } })',
    ],
  ])('may be hostile: %s', async ([, expression]) => {
    const { ended } = await run(
      `console.log('%s %o %j', ${expression}); display(${expression}); ${expression}`,
    );
    expect(ended).toBeUndefined();
    expect((await run(`throw ${expression}`)).error).toBeDefined();
    expect((await run(`Promise.reject(${expression}); 1`)).ended).toBeUndefined();
    expect((await run('1 + 1')).result).toEqual({ 'text/plain': '2' });
  });

  it('are refused where they are no text, number or bytes', async () => {
    const shared = await run(
      "fs.writeFileSync('s', new Uint8Array(new SharedArrayBuffer(2))); fs.readFileSync('s').length",
    );
    expect(shared.result).toEqual({ 'text/plain': '2' });
    for (const code of [
      "fs.writeFileSync('s', { length: 1e9 })",
      'fs.readFileSync(Symbol())',
      'crypto.getRandomValues(new Uint8Array(65537))',
      'require({ toString: () => "fs", valueOf: () => { throw 1 } }).none()',
    ]) {
      expect((await run(code)).error).toBeDefined();
    }
  });

  it('are bytes of the isolate’s own, also where they are handed over', async () => {
    expect(
      await said(`
fs.writeFileSync('long', Buffer.alloc(1e6, 7)); const bytes = fs.readFileSync('long')
JSON.stringify([bytes.length, bytes[999999], Object.getPrototypeOf(bytes.buffer) === ArrayBuffer.prototype, Reflect.ownKeys(bytes.buffer), walk([bytes.buffer]).strange])`),
    ).toBe("'[1000000,7,true,[],[]]'");
    const { ended } = await run(
      "let n = 0; for (let i = 0; i < 200; i += 1) n += fs.readFileSync('long').length; n",
    );
    expect(ended).toBeUndefined();
  });

  it('do not change what they were when they crossed', async () => {
    expect(
      await said(
        "const bytes = Buffer.from('first'); fs.writeFileSync('c', bytes); bytes.fill(0); fs.readFileSync('c', 'utf8')",
      ),
    ).toBe("'first'");
  });
});

describe('what the host does for the code', () => {
  it.for([
    ["require('crypto').createHash('__proto__')", /not supported/],
    ["require('crypto').randomBytes(1e9)", /./],
    ["fs.writeFileSync('x', '', { flag: 'constructor' })", /EINVAL/],
    ["fs.readdirSync('x'.repeat(5000))", /ENAMETOOLONG/],
    ["fs.truncateSync('s', 2 ** 60)", /EFBIG|EINVAL|ENOSPC/],
  ] as const)('ends in an error of the code: %s', async ([code, message]) => {
    const { ended, error } = await run(`fs.writeFileSync('s', ''); ${code}.digest?.()`);
    expect(ended).toBeUndefined();
    expect(error?.message).toMatch(message);
    expect(error?.traceback).not.toMatch(/file:|node:|\/tmp/);
  });

  it('goes on while the code does not', async () => {
    const own = await open();
    const running = run('for (;;);', own);
    const turns = await new Promise<number>((resolve) => {
      let count = 0;
      const turn = (): void => {
        count += 1;
        if (count === 100) resolve(count);
        else setImmediate(turn);
      };
      turn();
    });
    expect(turns).toBe(100);
    own.dispose();
    expect(await running).toMatchObject({ ended: 'disposed' });
  });

  it('hears of WebAssembly that calls back, and of what it raises', async () => {
    // (module (import "a" "b" (func $f)) (func (export "c") call $f))
    const bytes =
      '0061736d010000000104016000000207010161016200000303020000070501016300010a0601040010000b'.replace(
        '03020000',
        '020100',
      );
    const { error } = await run(`
const bytes = Uint8Array.from('${bytes}'.match(/../g), (pair) => parseInt(pair, 16))
const { instance } = await WebAssembly.instantiate(bytes, { a: { b: () => { throw new RangeError('from wasm') } } })
instance.exports.c()`);
    expect(error).toMatchObject({ name: 'RangeError', message: 'from wasm' });
    expect(await said('typeof WebAssembly.JSTag + [typeof WebAssembly.compileStreaming]')).toMatch(
      /'(object|undefined)undefined'/,
    );
  });
});
