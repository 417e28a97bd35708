/** A JavaScript sandbox runs its journal again exactly: clocks, random numbers and files are as they were. */
import { mkdtempSync, rmSync } from 'node:fs';
import { afterAll, expect } from 'vitest';
import { useEngines } from '../helpers/test-engine.js';
import { verifies } from '../helpers/verifies.js';

const open = useEngines();
const directory = mkdtempSync('/tmp/bjs-');
afterAll(() => rmSync(directory, { recursive: true }));

const MADE = [
  `let count = 0
const next = () => ++count
class Account { #held = 1; add(n) { this.#held += n; return this.#held } }
const account = new Account()
const typed = new Float64Array([1, 2, 3])
function* numbers() { for (let n = 0; ; n++) yield n }
const half = numbers()
half.next()`,
  `next(); account.add(41); half.next()
const drawn = [Math.random(), crypto.randomUUID(), Date.now(), performance.now()]
const byName = new Map([['a', { shared: typed }]])`,
  `await new Promise((resolve) => setTimeout(resolve, 20))
const later = Date.now()
import fs from 'node:fs'
fs.writeFileSync('made.txt', String(later))
fs.statSync('made.txt').mtimeMs`,
];
const LOOK = `[count, next(), account.add(0), half.next().value, drawn, later,
 byName.get('a').shared === typed, fs.readFileSync('made.txt', 'utf8') === String(later)]`;

verifies(
  'state.survives-restart',
  'JavaScript: closures, private fields, generators, times and random numbers are as before',
  async () => {
    const first = await open({ directory });
    const sandbox = await first.createSandbox({ language: 'javascript' });
    for (const code of MADE) expect(await sandbox.execute(code)).toMatchObject({ status: 'ok' });
    const before = await sandbox.execute('[count, drawn, later]');
    expect(before).not.toHaveProperty('trace');
    await first.close();
    const second = await open({ directory });
    const again = await second.getSandbox(sandbox.id);
    const after = await again.execute('[count, drawn, later]');
    expect(after.survival?.diverged ?? []).toEqual([]);
    expect(after.survival?.lost ?? []).toEqual([]);
    expect(after.result).toEqual(before.result);
    const { result } = await again.execute(LOOK);
    expect(String(result?.['text/plain'])).toMatch(/^\[\s*1,\s*2,\s*42,\s*2,/);
    expect(String(result?.['text/plain'])).toMatch(/true,\s*true\s*\]$/);
  },
);

verifies(
  'execution.transaction',
  'JavaScript: what runs out of time is undone by the journal, exactly',
  async () => {
    const engine = await open();
    const sandbox = await engine.createSandbox({ language: 'javascript' });
    for (const code of MADE) await sandbox.execute(code);
    const before = await sandbox.execute('[count, drawn, later]');
    const failed = await sandbox.execute({
      code: 'next(); drawn.length = 0; for (;;) {}',
      timeoutMs: 200,
    });
    expect(failed).toMatchObject({ status: 'timeout', rolledBack: true });
    const after = await sandbox.execute('[count, drawn, later]');
    expect(after.result).toEqual(before.result);
    expect(after.survival?.diverged ?? []).toEqual([]);
  },
);
