/**
 * Code that hangs its isolate, fills its memory, or runs on after its time. Each pattern was seen to
 * hang a process for ever, or to abort it: the engine stays responsive, and the sandbox is as before.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Sandbox } from '@belljar/core';
import { beforeAll, describe, expect } from 'vitest';
import { useSandboxes } from '../helpers/test-engine.js';
import { verifies } from '../helpers/verifies.js';

const MIB = 1024 * 1024;
const create = useSandboxes({ onWarning: () => {}, javascript: { poolSize: 0 } });
let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await create({ language: 'javascript', limits: { memoryBytes: 112 * MIB } });
  await sandbox.execute("let kept = 41; fs.writeFileSync('kept.txt', 'k')");
});

/** It is as it was, and the engine's own thread had its turns meanwhile. */
async function expectUnharmed(work: () => Promise<void>): Promise<void> {
  const delay = monitorEventLoopDelay({ resolution: 10 });
  delay.enable();
  await work();
  delay.disable();
  expect(delay.max / 1e6).toBeLessThan(1_000);
  const next = await sandbox.execute("[kept, fs.readFileSync('kept.txt', 'utf8')].join()");
  expect(next).toMatchObject({
    status: 'ok',
    result: { 'text/plain': "'41,k'" },
    survival: undefined,
  });
}

const MEMORY: [string, string][] = [
  ['arrays pushed in a loop', 'const a = []; for (;;) a.push(new Array(1000).fill({}))'],
  ['one array that is too large', 'new Array(1e9).fill(1)'],
  ['a map that grows', 'const m = new Map(); for (let i = 0; ; i++) m.set(i, { i })'],
  [
    'the memory of WebAssembly',
    'const m = new WebAssembly.Memory({ initial: 1 })\nfor (;;) { m.grow(500); new Uint8Array(m.buffer).fill(1) }',
  ],
  ['JSON that is nested', 'JSON.parse("[".repeat(1e7) + "]".repeat(1e7))'],
  [
    'promises without end',
    'const all = []; for (;;) all.push(new Promise((r) => r([1, 2, 3])).then())',
  ],
];

const TIME: [string, string][] = [
  ['a loop', 'for (;;) {}'],
  ['a regular expression', '/^(a+)+$/.test("a".repeat(40) + "b")'],
  ['microtasks', 'const again = () => Promise.resolve().then(again); await again()'],
  ['a timer after the other', 'const again = () => setTimeout(again); again()'],
  ['one call of the language', '"a".repeat(2 ** 28).split("").sort().join("").localeCompare("b")'],
  [
    'waiting on shared memory',
    'Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0); for (;;) {}',
  ],
];

describe('memory', () => {
  for (const [name, code] of MEMORY) {
    verifies('limits.enforced', `JavaScript: ${name} ends the execution only`, () =>
      expectUnharmed(async () => {
        const execution = await sandbox.execute({ code, timeoutMs: 50_000 });
        expect(execution.status).toBe('out-of-memory');
        expect(execution.rolledBack).toBe(true);
        expect(execution.stderr).toBe('');
      }),
    );
  }

  verifies('limits.enforced', 'JavaScript: what the language refuses is an exception', () =>
    expectUnharmed(async () => {
      for (const code of [
        'const all = []; for (;;) all.push(new Uint8Array(20e6).fill(1))',
        'let s = "x"; for (;;) s += s',
        '(function deep() { deep() })()',
      ]) {
        expect(await sandbox.execute(code)).toMatchObject({
          status: 'error',
          error: { name: 'RangeError' },
          rolledBack: false,
        });
      }
    }),
  );
});

describe('time', () => {
  for (const [name, code] of TIME) {
    verifies('execution.transaction', `JavaScript: ${name} ends at its time`, () =>
      expectUnharmed(async () => {
        const execution = await sandbox.execute({ code, timeoutMs: 200 });
        // A quick machine fills the memory sooner.
        expect(['timeout', 'error', 'out-of-memory']).toContain(execution.status);
        if (execution.status === 'error') expect(execution.error?.message).toMatch(/\w+ \w+/);
      }),
    );
  }

  verifies('execution.transaction', 'JavaScript: nothing runs after its time', () =>
    expectUnharmed(async () => {
      const code = `
const registry = new FinalizationRegistry(() => fs.writeFileSync('late.txt', 'registry'))
for (let i = 0; i < 100; i++) registry.register({}, i)
setTimeout(() => fs.writeFileSync('late.txt', 'timer'), 250)
Promise.resolve().then(function again() { return Promise.resolve().then(again) })
for (;;) {}`;
      expect((await sandbox.execute({ code, timeoutMs: 200 })).status).toBe('timeout');
      const after = 'await new Promise((done) => setTimeout(done, 100)); fs.existsSync("late.txt")';
      expect((await sandbox.execute(after)).result).toMatchObject({ 'text/plain': 'false' });
    }),
  );
});
