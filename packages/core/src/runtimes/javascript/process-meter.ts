/** What the kernel says that a process uses. Asked from outside: nothing of it is the code's word. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';

/** Of the kernel's clock ticks in `/proc`: 100 a second on every architecture of Node's. */
const TICK_MS = 10;
const run = promisify(execFile);

function readText(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return ''; // gone
  }
}

/** Memory without what is only a file's, such as Node's own program. Undefined when not known. */
export async function memoryBytes(pid: number): Promise<number | undefined> {
  if (process.platform === 'linux') {
    const status = readText(`/proc/${pid}/status`);
    const fields = [...status.matchAll(/^Rss(?:Anon|Shmem):\s+(\d+) kB$/gm)];
    if (fields.length === 0) return undefined;
    return fields.reduce((sum, [, kibibytes]) => sum + Number(kibibytes) * 1_024, 0);
  }
  try {
    const { stdout } = await run('/bin/ps', ['-o', 'rss=', '-p', String(pid)]);
    const kibibytes = Number.parseInt(stdout, 10);
    return Number.isNaN(kibibytes) ? undefined : kibibytes * 1_024;
  } catch {
    return undefined;
  }
}

/** Processor time so far: of all threads, in ticks, and of the main one, exactly. */
export interface CpuTime {
  allMs: number;
  mainMs: number;
}

/** Zero where it cannot be asked for at once, and of a process that is gone. */
export function cpuTime(pid: number): CpuTime {
  if (process.platform !== 'linux') return { allMs: 0, mainMs: 0 };
  // After the command's name, which is in parentheses and may hold anything.
  const fields = readText(`/proc/${pid}/stat`).split(') ').at(-1)?.split(' ') ?? [];
  const ticks = Number(fields[11] ?? 0) + Number(fields[12] ?? 0);
  const [mainThreadNs] = readText(`/proc/${pid}/schedstat`).split(' ');
  return { allMs: ticks * TICK_MS, mainMs: Number(mainThreadNs ?? 0) / 1e6 };
}

export function cpuMsSince(before: CpuTime, pid: number): number {
  const now = cpuTime(pid);
  return Math.max(0, now.allMs - before.allMs, now.mainMs - before.mainMs);
}
