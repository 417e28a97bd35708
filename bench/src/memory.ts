/** What an idle sandbox has of its own: pages that no other process shares. */
import { readdirSync, readFileSync } from 'node:fs';
import { createEngine } from '@belljar/core';
import { type Row, row } from './measure.js';
import { preloaded } from './python.js';

const SANDBOXES = 10;

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** Private memory of all processes three PID namespaces deep, below this process. Needs root. */
function privateBytesInJails(): number {
  let total = 0;
  for (const name of readdirSync('/proc')) {
    const numbers = /^NSpid:\t(.*)$/m.exec(read(`/proc/${name}/status`))?.[1]?.split('\t') ?? [];
    if (numbers.length < 3) continue;
    const found = /^Private_Dirty:\s+(\d+)/m.exec(read(`/proc/${name}/smaps_rollup`));
    total += Number(found?.[1] ?? 0) * 1024;
  }
  return total;
}

export async function measureMemory(): Promise<Row[]> {
  if (process.getuid?.() !== 0) return []; // a keeper's memory is not the user's to read
  await using engine = await createEngine({ python: { poolSize: 0 } });
  await preloaded(engine);
  const before = privateBytesInJails();
  for (let index = 0; index < SANDBOXES; index += 1) await engine.createSandbox();
  const each = (privateBytesInJails() - before) / SANDBOXES / 1e6;
  return [
    row('own memory of an idle sandbox with pandas', 'MB', [each], {
      text: '≤ 3 MB',
      reached: ({ p50 }) => p50 <= 3,
    }),
  ];
}
