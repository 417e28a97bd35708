/** `npm run bench [-- part …]`: measures, prints, and keeps the figures with their conditions. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { measureJavascript } from './javascript.js';
import { describeMachine, printRow, type Row } from './measure.js';
import { measureMemory } from './memory.js';
import { measurePython } from './python.js';
import { measureState } from './state.js';
import { measureStore } from './store.js';
import { measureTransfer } from './transfer.js';

const PARTS: Record<string, () => Promise<Row[]>> = {
  python: measurePython,
  javascript: measureJavascript,
  transfer: measureTransfer,
  memory: measureMemory,
  store: measureStore,
  state: measureState,
};

async function main(asked: readonly string[]): Promise<void> {
  if (asked.includes('--help')) {
    console.log(`npm run bench [-- ${Object.keys(PARTS).join(' | ')} …]   all when none is named`);
    return;
  }
  const unknown = asked.find((name) => !PARTS[name]);
  if (unknown !== undefined) throw new Error(`there is no part '${unknown}': try --help`);
  const conditions = `${describeMachine()}, load ${loadavg()[0]?.toFixed(2)} at the start`;
  console.log(`${conditions}\n`);
  const rows: Row[] = [];
  for (const [name, measure] of Object.entries(PARTS)) {
    if (asked.length > 0 && !asked.includes(name)) continue;
    for (const one of await measure()) {
      printRow(one);
      rows.push(one);
    }
  }
  const folder = join(import.meta.dirname, '..', 'out');
  mkdirSync(folder, { recursive: true });
  const path = join(folder, 'results.json');
  writeFileSync(path, `${JSON.stringify({ conditions, date: new Date(), rows }, null, 2)}\n`);
  console.log(`\n${path}`);
}

await main(process.argv.slice(2));
