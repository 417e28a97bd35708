/** The guest in a V8 startup snapshot: what decision 0024 says that snapshots can be built on. */
import { readFileSync } from 'node:fs';
import ivm from 'isolated-vm';
import { expect, it } from 'vitest';
import { prepare } from '../host/prepare.js';

const program = readFileSync(
  new URL('dist/bundle/javascript-guest.js', import.meta.resolve('@belljar/core/package.json')),
  'utf8',
);
const settings = { machine: { arch: '', platform: '', version: '', v8: '' }, modules: [] };
/** Answers of the bridge, as a transcript would have them. */
const PLAYER = `(name, first) => name === 'random' ? new ArrayBuffer(first) : 0`;
const BOOT = `globalThis.seat = (function () { ${program}
let host = ${PLAYER}
const calls = guest.boot((...given) => host(...given), ${JSON.stringify(JSON.stringify(settings))})
return { ...calls, attach(call) { host = call; Error.stackTraceLimit = 50 } } })()`;
const SPARE = 'delete Error.stackTraceLimit';
const TURNS = ['seat.proceed()', 'seat.wake()', 'seat.proceed()'];

function order(code: string, number: number): string {
  const prepared = prepare(code, number);
  if (!('code' in prepared)) throw new Error(prepared.refused.message);
  return JSON.stringify({ code: prepared.code, clockMs: 1_000, trace: ';;' });
}

it('has its state in isolates that are opened from a snapshot, and goes on', async () => {
  const codes = [
    `let x = 1; class A { #p = 5; get p() { return this.#p } }; const a = new A()
function* count() { yield 1; yield 2; yield 3 }; const counting = count(); counting.next()
const numbers = new Float64Array(1e5).fill(2), weak = new WeakRef(numbers), random = Math.random()
new FinalizationRegistry(() => {}).register({}, 1)`,
    'const later = await Promise.resolve(4); await new Promise((r) => setTimeout(r, 5)); x += 1',
  ];
  const executed = codes.flatMap((code, index) => [
    `seat.execute(${JSON.stringify(order(code, index + 1))})`,
    ...TURNS,
  ]);
  const scripts = [BOOT, ...executed, SPARE].map((code) => ({ code }));
  const snapshot = ivm.Isolate.createSnapshot(scripts);
  for (let round = 0; round < 2; round += 1) {
    const isolate = new ivm.Isolate({ snapshot, memoryLimit: 64 });
    const context = await isolate.createContext();
    const seat = await context.global.get('seat', { reference: true });
    await context.global.delete('seat');
    const printed: unknown[] = [];
    const attach = await seat.get('attach', { reference: true });
    await attach.apply(undefined, [new ivm.Callback((...given) => void printed.push(given))]);
    const code =
      'x += 1; console.log(typeof seat); [x, a.p, counting.next().value, weak.deref() === numbers, numbers[99999], later, random < 1]';
    const execute = await seat.get('execute', { reference: true });
    await execute.apply(undefined, [order(code, 3)]);
    const proceed = await seat.get('proceed', { reference: true });
    const said = JSON.parse(String(await proceed.apply())) as { result: Record<string, unknown> };
    expect(said.result['application/json']).toEqual([3, 5, 2, true, 2, 4, true]);
    expect(printed).toEqual([['print', 'stdout', 'undefined\n']]);
    isolate.dispose();
  }
});
