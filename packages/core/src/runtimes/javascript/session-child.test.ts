/** What a process may do to the engine that speaks to it: programs that are hostile from the start. */
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { DEFAULT_LIMITS } from '../../limits.js';
import type { RunOutcome } from '../runtime.js';
import { JavascriptRun } from './javascript-run.js';
import { SessionChild } from './session-child.js';

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'belljar-test-')));
afterAll(() => rmSync(folder, { recursive: true }));

const LIBRARY = `
const { readSync, writeSync } = require('node:fs');
const say = (header, payload = Buffer.alloc(0)) => {
  const text = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const head = Buffer.alloc(8);
  head.writeUInt32LE(text.length, 0);
  head.writeUInt32LE(payload.length, 4);
  try { writeSync(4, Buffer.concat([head, text, payload])); } catch { process.exit(0); }
};
say({ t: 'ready' });
readSync(3, Buffer.alloc(65536));
const result = Buffer.from(JSON.stringify({ status: 'ok', result: { 'text/plain': '1' } }));
const done = { t: 'done', n: 1, droppedBytes: 0, droppedDisplays: 0 };
`;

/** Runs one execution in a process that does this when it is asked to. */
async function against(name: string, program: string): Promise<RunOutcome> {
  const path = join(folder, `${name}.cjs`);
  writeFileSync(path, LIBRARY + program);
  const files = { node: process.execPath, 'host.cjs': path, 'isolated-vm.node': path };
  const child = new SessionChild({ flags: [], files }, folder, 256 * 1024 * 1024, 'seed');
  await child.ready();
  const limits = { ...DEFAULT_LIMITS, outputBytes: 1_000, displays: 2 };
  const request = { code: '1', timeoutMs: 10_000, signal: undefined };
  const run = new JavascriptRun(child, limits, request, 1);
  try {
    return await run.perform({ bytes: 0, files: 0 });
  } finally {
    await child.end();
  }
}

const stay = 'setInterval(() => {}, 1000);';

describe('a process that keeps to the protocol', () => {
  it('is heard', async () => {
    const outcome = await against(
      'fair',
      `say({t:'stdout',n:1}, Buffer.from('a')); say(done, result); ${stay}`,
    );
    expect(outcome).toMatchObject({ status: 'ok', result: { 'text/plain': '1' } });
    expect(outcome.outputs).toEqual([{ type: 'stdout', text: 'a' }]);
  });
});

describe('a process is ended when it sends', () => {
  it.for([
    ['a header that is long', `say({ ...done, x: 'x'.repeat(1100) }, result)`],
    ['a header that is no JSON', `say('{', result)`],
    ['a header of another shape', `say({ ...done, droppedBytes: -1 }, result)`],
    [
      'a payload beyond the cap',
      `const b = Buffer.from(JSON.stringify(done)); const h = Buffer.alloc(8); h.writeUInt32LE(b.length, 0); h.writeUInt32LE(0xffffffff, 4); writeSync(4, Buffer.concat([h, b]))`,
    ],
    ['the answer of another run', `say({ ...done, n: 2 }, result)`],
    ['an answer that nobody asked for', `say({ t: 'variables', n: 1 }, result)`],
    [
      'more displays than it may',
      `for (const _ of [1, 2, 3]) say({ t: 'display', n: 1 }, Buffer.from('{}')); say(done, result)`,
    ],
    ['gap after gap', `for (;;) say({ t: 'gap', n: 1, bytes: 1 })`],
    ['a flood', `for (;;) say({ t: 'stdout', n: 1 }, Buffer.alloc(65536, 120))`],
  ] as const)('%s', async ([name, program]) => {
    const outcome = await against(name.replaceAll(' ', '-'), `${program}; ${stay}`);
    expect(outcome.status).toBe('crashed');
    expect(outcome.memoryLost).toContain('protocol');
    expect(outcome.result).toBeUndefined();
    const kept = outcome.outputs.reduce(
      (sum, one) => sum + ('text' in one ? one.text.length : 0),
      0,
    );
    expect(kept).toBeLessThan(10_000);
  });
});

describe('what a process says of its code is checked', () => {
  it('as costly JSON', async () => {
    const bomb = `Buffer.from('{"status":"ok","result":{"a/b":[' + '{},'.repeat(9e6) + '{}]}}')`;
    const outcome = await against('bomb', `say(done, ${bomb}); ${stay}`);
    expect(outcome).toMatchObject({ status: 'crashed', result: undefined });
  });
});

describe('the permission model', () => {
  it('keeps a program to the workspace, and to itself', async () => {
    const outcome = await against(
      'permissions',
      `
const fs = require('node:fs');
const tried = {
  own: () => fs.writeFileSync('own.txt', 'x'),
  etc: () => fs.readFileSync('/etc/passwd'),
  beside: () => fs.writeFileSync('../beside.txt', 'x'),
  link: () => fs.symlinkSync('/etc', 'link'),
  child: () => require('node:child_process').execFileSync('/bin/true'),
  worker: () => new (require('node:worker_threads').Worker)('', { eval: true }),
  addon: () => process.dlopen({ exports: {} }, '/nowhere.node'),
  inspector: () => new (require('node:inspector').Session)().connect(),
};
const said = Object.entries(tried).map(([name, act]) => {
  try { act(); return name + ': done'; } catch (error) { return name + ': ' + error.code; }
});
say({ t: 'stdout', n: 1 }, Buffer.from(said.join('\\n')));
say(done, result); ${stay}`,
    );
    const [output] = outcome.outputs;
    const lines = output?.type === 'stdout' ? output.text.split('\n') : [];
    expect(lines[0]).toBe('own: done');
    expect(lines.slice(1).map((text) => text.split(': ')[1])).toEqual([
      ...['ERR_ACCESS_DENIED', 'ERR_ACCESS_DENIED', 'ERR_ACCESS_DENIED', 'ERR_ACCESS_DENIED'],
      ...['ERR_ACCESS_DENIED', 'ERR_DLOPEN_FAILED', 'ERR_ACCESS_DENIED'],
    ]);
  });
});
