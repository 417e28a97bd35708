/** The isolate beside plain Node: the same code, the same text. What differs is listed, with both. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inspect } from 'node:util';
import { runInThisContext } from 'node:vm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createIsolateSession, type IsolateSession } from '../host/isolate-session.js';

// biome-ignore-start lint/suspicious/noTemplateCurlyInString: the templates are the isolate's
const LANGUAGE = [
  '[1, , 3].flatMap((n) => [n, [n]]).at(-1)',
  'Object.groupBy([1, 2, 3], (n) => (n % 2 ? "odd" : "even"))',
  '(() => { label: for (const a of [1, 2]) for (const b of [1, 2]) if (b === 2) continue label; else if (a === 2) break label; return 7 })()',
  '(() => { const [a = 1, { b: [c] = [2], ...d } = { e: 3 }, ...f] = [undefined, undefined, 4, 5]; return { a, c, d, f } })()',
  'class A { static #n = 1; static { this.m = A.#n + 1 } get #p() { return 3 } has(o) { return #p in o } };; [A.m, new A().has(new A()), new A().has({})]',
  '[...(function* () { const got = yield 1; yield got ?? 2; return 3 })()]',
  'await (async () => { const all = []; for await (const n of (async function* () { yield* [1, Promise.resolve(2)] })()) all.push(n); return all })()',
  'await Promise.allSettled([1, Promise.reject(new RangeError("r")), new Promise((r) => setTimeout(r, 1, 3))]).then((all) => all.map(({ status }) => status))',
  'const order = []; setTimeout(() => order.push("timer"), 1); Promise.resolve().then(() => order.push("micro")); queueMicrotask(() => order.push("queued")); order.push("now"); await new Promise((r) => setTimeout(r, 5));; order',
  '"aXbX".replaceAll("X", (m, at) => at) + "ﬀ".toUpperCase() + "e\\u0301".normalize("NFC").length',
  '"2024-05-06".match(/(?<y>\\d+)-(?<m>\\d+)/).groups.m + /(?<=\\$)\\d+/v.exec("a$42")[0] + /\\p{Lu}/u.test("É")',
  '0.1 + 0.2 + 1e21 + (25).toString(36) + (0.000001234).toExponential(2) + Number("0b101") + 2n ** 70n',
  '[3, 1, 2].toSorted().concat([10, 9].sort(), [1, 2].with(0, 5)).join()',
  'new Set([1, 2, 3]).intersection(new Set([2, 3, 4])).union(new Set([9]))',
  'Reflect.ownKeys({ b: 1, 2: 1, a: 1, 1: 1, [Symbol.iterator]: 1 })',
  'JSON.stringify({ d: new Date(0), u: undefined, n: NaN, s: "\\ud800", nested: [[{ a: 1 }]] }, null, 1)',
  'JSON.parse(\'{"__proto__": 1, "a": [1e3, "\\\\u00fc"]}\', (key, value) => (key === "" ? Object.keys(value) : value))',
  'const told = (run) => { try { run() } catch ({ name, message }) { return [name, message] } };; [told(() => null.x), told(() => undefinedName), told(() => { const c = 1; c = 2 })]',
  'const tagged = (parts, ...given) => parts.raw.join("|") + given;; tagged`a\\n${"1"}b${2}`',
  'new Intl.NumberFormat("de-DE", { style: "currency", currency: "EUR" }).format(1234.5) + new Date(0).toLocaleDateString("en-GB", { timeZone: "Asia/Tokyo", dateStyle: "full" })',
  '["ä", "z", "a"].sort(new Intl.Collator("de").compare).join() + [...new Intl.Segmenter("en", { granularity: "word" }).segment("Hi you")].length',
  'Date.UTC(2024, 1, 29) + new Date("2024-03-10T12:00:00+02:00").toISOString() + new Date(NaN) + Date.length + Date.name',
  'class D extends Date { own() { return this.getTime() } };; [new D(5).own(), new D(5) instanceof Date, Date.prototype.constructor === Date]',
  'Math.hypot(3, 4) + Math.clz32(1) + Math.fround(5.5) + Math.sumPrecise?.([1])',
  'new Uint8Array([1, 2, 300]).map((n) => n * 2).subarray(1) ',
  'const view = new DataView(new ArrayBuffer(8)); view.setFloat32(0, 1.5);; [view.getUint8(0), view.getInt16(0, true)]',
  'Array.fromAsync?.length + [1, 2, 3].values().map((n) => n * 2).toArray().join()',
  'Object.fromEntries(new Map([["a", 1]]).entries().filter(([, n]) => n))',
  'new Proxy({}, { get: (_, name) => `got ${String(name)}` }).anything',
  'structuredClone(new Map([[{ a: 1 }, new Set([new Date(5), /x/g])]]))',
];

// biome-ignore-end lint/suspicious/noTemplateCurlyInString: the templates are the isolate's
const LIBRARY = [
  'const u = new URL("../b?x=1&y=ü#f", "https://user:pw@ex%41mple.com:8080/a/c"); u.searchParams.append("z", "a b");; [u.href, u.origin, u.port, [...u.searchParams.keys()].join()]',
  'new URL("http://a/?b=c")',
  'new URLSearchParams({ a: "1", b: "ü&" })',
  'URL.canParse("no url") + String(new URLSearchParams("?a=1&a=2").getAll("a"))',
  'new TextDecoder("utf-16le").decode(new Uint8Array([104, 0, 105, 0])) + new TextDecoder().decode(new Uint8Array([0xff, 0x41])) + new TextDecoder("latin1").encoding',
  'const stream = new TextDecoder();; stream.decode(new Uint8Array([0xe2, 0x82]), { stream: true }) + stream.decode(new Uint8Array([0xac]))',
  'new TextEncoder().encode("€😀")',
  'btoa("häl\\u00ff") + atob(" aGk= ") + [...atob("/+8=")].map((c) => c.charCodeAt(0))',
  'const told = (run) => { try { run() } catch ({ name, code }) { return [name, code] } };; [told(() => atob("a")), told(() => btoa("€")), new DOMException("m", "AbortError").code]',
  'Buffer.from("häl", "utf8").toString("base64") + Buffer.from("ff00", "hex").readUInt16BE() + Buffer.concat([Buffer.alloc(2, 1), Buffer.from([2])]).equals(Buffer.from([1, 1, 2]))',
  'Buffer.from("some text")',
  'const { join, resolve, basename, extname, relative, parse } = require("path");; [join("/a", "../b"), basename("/x/y.tar.gz", ".gz"), extname("a.b.c"), relative("/a/b", "/a/c/d"), parse("/home/f.txt").name]',
  'const { EventEmitter, once } = require("events"); const e = new EventEmitter(); e.once("a", (...x) => e.emit("b", x)); let got; e.on("b", (x) => { got = x }); e.emit("a", 1, 2);; [got, e.listenerCount("a"), e.emit("none")]',
  'require("util").format("%s %d %i %f %j %o %%", "a", 1.5, 1.5, "2.5", { a: 1 }, [1])',
  'require("util").inspect({ a: { b: { c: { d: 1 } } } }, { depth: 0 }) + require("util").inspect("it\'s")',
  'require("util").isDeepStrictEqual({ a: [1, new Map([[1, 2]])] }, { a: [1, new Map([[1, 2]])] }) + String(require("util").isDeepStrictEqual([1], ["1"]))',
  'await require("util").promisify((a, done) => done(null, a + 1))(1)',
  'const assert = require("assert"); const told = (run) => { try { run() } catch ({ name, code }) { return [name, code] } }; assert.ok(1); assert.throws(() => { throw new TypeError("x") }, TypeError);; [told(() => assert.strictEqual(1, 2)), told(() => assert.deepEqual([1], [2]))]',
  'require("crypto").createHash("sha256").update("a").update(Buffer.from("b")).digest("hex") + require("crypto").createHmac("sha1", "key").update("x").digest("base64")',
  'typeof crypto.randomUUID() + crypto.getRandomValues(new Uint8Array(3)).length + require("crypto").randomBytes(4).length',
  'new WebAssembly.Module(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0])) instanceof WebAssembly.Module && WebAssembly.validate(new Uint8Array([1]))',
  '[typeof performance.now(), typeof performance.timeOrigin, performance.now() <= performance.now()]',
  'const timer = setTimeout(() => {}, 1e6); clearTimeout(timer);; [typeof timer, timer.unref() === timer, typeof +timer]',
  'await require("timers/promises").setTimeout(1, "later")',
];

const SHOWN = [
  '({ a: 1, "b-c": [1, "two", null, undefined], d: { e: { f: { g: { h: 1 } } } }, [Symbol("s")]: 1 })',
  '[undefined, null, -0, 1n, Symbol("x"), "it\'s", NaN]',
  'Array.from({ length: 120 }, (_, i) => i)',
  'new Map([["k", new Map([[1, { deep: true }]])], [{ o: 1 }, new Set([1, "a"])]])',
  '[function named() {}, () => {}, class K {}, class L extends Array {}, async () => {}, function* g() {}, Math.max]',
  'class P { #hidden = 1; shown = 2; get accessor() { return 1 } };; [new P(), Object.create(null), Object.create({ a: 1 }), new (class extends Map {})([[1, 2]])]',
  '[new Date(0), /re/gi, new Error("m").message, [, 1, , ,], [1, 2, 3].entries().next()]',
  'const ring = { name: "r" }; ring.self = ring; ring.list = [ring];; ring',
  '({ get a() { return 1 }, set a(v) {}, get b() { return 2 }, set c(v) {} })',
  '[new Float64Array(3), new ArrayBuffer(4), new DataView(new ArrayBuffer(1)), Buffer.alloc(2), new BigInt64Array(1)]',
  '[new Boolean(true), new String("s"), new Number(1), Object(Symbol("o")), Object(1n)]',
  '"x".repeat(300).slice(0, 20) + "\\n\\t\\u0001"',
  '({ long: "a".repeat(100), other: "b".repeat(100), list: ["c".repeat(40), "d".repeat(40)] })',
  '[new WeakMap(), new WeakSet(), (function () { return arguments })(1, 2), globalThis.undefinedThing]',
  'Object.assign(Object.assign(() => {}, { a: 1 }), { b: [1] })',
  '({ [Symbol.for("nodejs.util.inspect.custom")]: (depth, options, inspect) => inspect({ own: depth }) })',
];

/** Each with what the isolate says, and what Node does. */
const DIFFERENT: [code: string, isolate: string, node: string][] = [
  ['Promise.all([1]) && [Promise.resolve(1)]', '[ Promise { <pending> } ]', '[ Promise { 1 } ]'],
  ['new Map([[1, 2]]).entries()', '[Map Iterator] {  }', '[Map Entries] { [ 1, 2 ] }'],
  ['new Set([1]).values()', '[Set Iterator] {  }', '[Set Iterator] { 1 }'],
  ['typeof Atomics.waitAsync', "'undefined'", "'function'"],
  ['typeof AbortController', "'undefined'", "'function'"],
  ['structuredClone(function* () {}())', '{}', 'DataCloneError'],
];

const workspaceFolder = mkdtempSync(join(tmpdir(), 'belljar-conformance-'));
let session: IsolateSession;

beforeAll(async () => {
  const guestFolder = fileURLToPath(
    new URL('dist/bundle', import.meta.resolve('@belljar/core/package.json')),
  );
  session = await createIsolateSession({
    memoryBytes: 128 * 1_048_576,
    workspaceFolder,
    guestFolder,
  });
});

afterAll(() => {
  session.dispose();
  rmSync(workspaceFolder, { recursive: true });
});

async function inIsolate(code: string): Promise<unknown> {
  const sink = { stdout: () => {}, stderr: () => {}, display: () => {} };
  const { error, result } = await session.execute({ code, clockMs: Date.now(), seed: 's' }, sink);
  return error ? error.name : (result?.['text/plain'] ?? 'undefined');
}

/** Divides what comes before from the last expression. */
const LAST = ';; ';

/** The last expression's value, as Node shows it. */
async function inNode(code: string): Promise<string> {
  const at = code.indexOf(LAST);
  const [before, last] = at < 0 ? ['', code] : [code.slice(0, at), code.slice(at + LAST.length)];
  const wrapped = `${before}; return (${last}\n)`;
  (globalThis as { requireForTest?: unknown }).requireForTest = process.getBuiltinModule;
  const text = `(async (require) => { ${wrapped} })(globalThis.requireForTest)`;
  try {
    const value: unknown = await runInThisContext(text);
    return inspect(value, { depth: 4, maxArrayLength: 200, maxStringLength: 200_000 });
  } catch (error) {
    return (error as Error).name;
  }
}

describe.each([
  ['the language', LANGUAGE],
  ['the library', LIBRARY],
  ['values as text', SHOWN],
])('%s', (_, codes) => {
  it.for(codes)('%s', async (code) => {
    expect(await inIsolate(code)).toBe(await inNode(code));
  });
});

describe('what differs', () => {
  it.for(DIFFERENT)('%s', async ([code, isolate, node]) => {
    expect([await inIsolate(code), await inNode(code)]).toEqual([isolate, node]);
  });
});
