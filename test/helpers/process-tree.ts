/** The machine's processes, as `/proc` shows them. One that is gone shows nothing. */
import { readdirSync, readFileSync } from 'node:fs';

export function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** Children of all threads of a process. */
export function children(pid: number): number[] {
  let threads: string[] = [];
  try {
    threads = readdirSync(`/proc/${pid}/task`);
  } catch {}
  return threads
    .flatMap((thread) => read(`/proc/${pid}/task/${thread}/children`).trim().split(' '))
    .filter((word) => word !== '')
    .map(Number);
}

export const descendants = (pid: number): number[] =>
  children(pid).flatMap((child) => [child, ...descendants(child)]);

export const lives = (pid: number): boolean => /^State:\s+[^ZX]/m.test(read(`/proc/${pid}/status`));
