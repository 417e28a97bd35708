/**
 * One set-up of an environment at a time on one machine, so that it is fetched once.
 *
 * Being alone is a matter of economy and not of correctness: two that work at once fill folders
 * of their own, and the second to rename finds the first's. So a lock that cannot be judged
 * (another host's, on a shared disk) is waited for only so long. `proper-lockfile` was weighed: it
 * needs a timer that keeps touching the lock, and throws from it when it was late.
 */
import { readFileSync } from 'node:fs';
import { open, readFile, rm, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MS = 200;
/** An unreadable lock is a holder between its open and its write, or one that died there. */
const UNREADABLE_MS = 5_000;
/** The longest that another host's lock is waited for, counted from its writing. */
const FOREIGN_MS = 10 * 60_000;

interface Holder {
  pid: number;
  /** When it started, in the kernel's ticks: a pid alone may be another process by now. */
  started: string | null;
  host: string;
}

export interface SetupTurnOptions {
  signal?: AbortSignal | undefined;
  /** Told once, when another process has the turn. */
  onWait?: ((pid: number) => void) | undefined;
}

/** Waits for the turn. Disposing of it passes it on. */
export async function takeSetupTurn(
  path: string,
  { signal, onWait }: SetupTurnOptions,
): Promise<AsyncDisposable> {
  const own = JSON.stringify({
    pid: process.pid,
    started: startOf(process.pid),
    host: hostname(),
    turn: crypto.randomUUID(),
  });
  for (let waited = false; ; ) {
    signal?.throwIfAborted();
    if (await tryCreate(path, own)) return { [Symbol.asyncDispose]: () => release(path, own) };
    const holder = await readHolder(path);
    if (await isStale(path, holder)) {
      await rm(path, { force: true });
      continue;
    }
    if (!waited && holder) onWait?.(holder.pid);
    waited ||= holder !== undefined;
    await sleep(POLL_MS, undefined, { signal }).catch(() => signal?.throwIfAborted());
  }
}

/** Whether a process of this machine runs. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

async function tryCreate(path: string, content: string): Promise<boolean> {
  try {
    await using file = await open(path, 'wx');
    await file.writeFile(content);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

async function release(path: string, own: string): Promise<void> {
  const content = await readFile(path, 'utf8').catch(() => '');
  if (content === own) await rm(path, { force: true });
}

async function readHolder(path: string): Promise<Holder | undefined> {
  try {
    const holder = JSON.parse(await readFile(path, 'utf8')) as Holder;
    return Number.isSafeInteger(holder.pid) && holder.pid > 0 ? holder : undefined;
  } catch {
    return undefined;
  }
}

async function isStale(path: string, holder: Holder | undefined): Promise<boolean> {
  if (holder?.host === hostname()) {
    return !isAlive(holder.pid) || startOf(holder.pid) !== holder.started;
  }
  try {
    const age = Date.now() - (await stat(path)).mtimeMs;
    return age > (holder ? FOREIGN_MS : UNREADABLE_MS);
  } catch {
    // It went while it was looked at: the next try creates it.
    return false;
  }
}

/** Field 22 of `/proc/PID/stat`; null where there is no such file. */
function startOf(pid: number): string | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ')[19] ?? null;
  } catch {
    return null;
  }
}
