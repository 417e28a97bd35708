/**
 * The only place of this folder that starts processes. They are the machine's own Python and our
 * own programs with pip: trusted, and given a minimal environment and an argument array.
 */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

const KEPT_LINES = 200;
const GRACE_MS = 2_000;

export interface ChildOptions {
  command: string;
  arguments: readonly string[];
  environment: Record<string, string>;
  /** A folder that no stranger writes to: Python may look for modules there. */
  directory: string;
  signal?: AbortSignal | undefined;
  onLine?: ((line: string) => void) | undefined;
}

export interface ChildResult {
  /** The exit code; null when a signal ended it. */
  exitCode: number | null;
  /** The last lines of stdout and stderr, as they came. */
  lines: string[];
}

/**
 * Runs a child to its end. Rejects when it cannot be started; on abort it ends the child, waits
 * until it is gone, and rejects with the signal's reason.
 */
export async function runChild(options: ChildOptions): Promise<ChildResult> {
  const { signal, onLine } = options;
  signal?.throwIfAborted();
  const child = spawn(options.command, options.arguments, {
    cwd: options.directory,
    env: options.environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const lines: string[] = [];
  const keep = (line: string) => {
    lines.push(line);
    if (lines.length > KEPT_LINES) lines.shift();
    onLine?.(line);
  };
  readLines(child.stdout, keep);
  readLines(child.stderr, keep);

  let killer: NodeJS.Timeout | undefined;
  const end = () => {
    child.kill('SIGTERM');
    killer = setTimeout(() => child.kill('SIGKILL'), GRACE_MS);
  };
  signal?.addEventListener('abort', end, { once: true });
  try {
    const exitCode = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    });
    signal?.throwIfAborted();
    return { exitCode, lines };
  } finally {
    clearTimeout(killer);
    signal?.removeEventListener('abort', end);
  }
}

function readLines(stream: Readable, onLine: (line: string) => void): void {
  createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY }).on('line', onLine);
}
