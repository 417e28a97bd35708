/** What an idle sandbox has of its own: anonymous pages that no other process shares. */
import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import { createEngine } from '@belljar/core';
import { type Row, row } from './measure.js';
import { pause, preloaded } from './python.js';

const SANDBOXES = 10;
const PAGE_BYTES = 4096;
/** Of an entry of `/proc/<pid>/pagemap`: present, of a file or shared memory, mapped once. */
const [PRESENT, OF_FILE, EXCLUSIVE] = [1 << 31, 1 << 29, 1 << 24];

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** Areas of a process that hold anonymous pages, as page numbers. */
function anonymousAreas(process: string): [first: number, count: number][] {
  const areas: [number, number][] = [];
  let area: [number, number] = [0, 0];
  for (const line of read(`/proc/${process}/smaps`).split('\n')) {
    const bounds = /^([0-9a-f]+)-([0-9a-f]+) /.exec(line);
    if (bounds) {
      const [start, end] = bounds.slice(1).map((bound) => Number.parseInt(bound, 16) / PAGE_BYTES);
      area = [start ?? 0, (end ?? 0) - (start ?? 0)];
    } else if (/^Anonymous:\s+[1-9]/.test(line)) areas.push(area);
  }
  return areas;
}

/**
 * The kernel's word on each page. `Private_Dirty` would count pages of the file that sandboxes
 * share, where only one of them has looked at a page so far.
 */
function ownBytes(process: string): number {
  let pages = 0;
  const areas = anonymousAreas(process);
  let file: number;
  try {
    file = openSync(`/proc/${process}/pagemap`, 'r');
  } catch {
    return 0; // it has just ended
  }
  for (const [first, count] of areas) {
    const entries = Buffer.alloc(count * 8);
    const got = readSync(file, entries, 0, entries.length, first * 8);
    for (let offset = 4; offset < got; offset += 8) {
      const word = entries.readUInt32LE(offset);
      if (word & PRESENT && word & EXCLUSIVE && !(word & OF_FILE)) pages += 1;
    }
  }
  closeSync(file);
  return pages * PAGE_BYTES;
}

function descendants(pid: string): string[] {
  const below = read(`/proc/${pid}/task/${pid}/children`).split(' ').filter(Boolean);
  return below.flatMap((child) => [child, ...descendants(child)]);
}

/** Of this engine's processes three PID namespaces deep, keepers (1 in their own) and sessions. Needs root. */
export function ownBytesInJails(): { count: number; keepers: number; sessions: number } {
  const total = { count: 0, keepers: 0, sessions: 0 };
  for (const pid of descendants(String(process.pid))) {
    const numbers = /^NSpid:\t(.*)$/m.exec(read(`/proc/${pid}/status`))?.[1]?.split('\t') ?? [];
    if (numbers.length < 3) continue;
    total.count += 1;
    total[numbers.at(-1) === '1' ? 'keepers' : 'sessions'] += ownBytes(pid);
  }
  return total;
}

export async function measureMemory(): Promise<Row[]> {
  if (process.getuid?.() !== 0) return []; // a keeper's memory is not the user's to read
  await using engine = await createEngine({ python: { poolSize: 0 } });
  await preloaded(engine);
  // What the sandboxes before these left ends in a moment.
  for (let round = 0; round < 400 && ownBytesInJails().count > 0; round += 1) await pause(10);
  for (let index = 0; index < SANDBOXES; index += 1) await engine.createSandbox();
  const after = ownBytesInJails();
  if (after.count !== 2 * SANDBOXES) throw new Error(`${after.count} processes were found`);
  const keeper = after.keepers / SANDBOXES / 1e6;
  const session = after.sessions / SANDBOXES / 1e6;
  return [
    row('own memory of an idle sandbox with pandas', 'MB', [keeper + session], {
      text: '≤ 3 MB',
      reached: ({ p50 }) => p50 <= 3,
    }),
    row('  of that the keeper', 'MB', [keeper]),
    row('  of that the session', 'MB', [session]),
  ];
}
