/** Runs a command on a simulated host, with a home of its own. */
import { execFile, execFileSync } from 'node:child_process';
import { chownSync, mkdtempSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { hostPython } from '../attacks/run-snippet.js';
import type { Probe } from '../helpers/requires.js';

const launcher = fileURLToPath(new URL('launcher', import.meta.url));
export const repository = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');
const CANNOT_BE_TAKEN_AWAY = 80;
const USER = 1000;

/** The interpreter behind shims and links, and what it is made of. */
const [program = '', ...prefixes] = execFileSync(hostPython, [
  '-c',
  'import sys; print(sys.executable, sys.prefix, sys.base_prefix, sep="\\n")',
])
  .toString()
  .trim()
  .split('\n');
const cache = process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache');

export interface HostRun {
  exitCode: number;
  stdout: string;
  stderr: string;
}

/** What an ordinary user has to reach, wherever root keeps it. */
const needed = [repository, dirname(process.execPath), join(cache, 'belljar'), ...prefixes];

export async function runOnHost(
  facilities: readonly string[],
  command: readonly string[],
  environment: Record<string, string> = {},
): Promise<HostRun> {
  const home = mkdtempSync('/var/tmp/bjh-');
  if (process.geteuid?.() === 0) chownSync(home, USER, USER);
  const taken = facilities.map((name) =>
    name === 'ordinary-user' ? `${name}=${needed.join(':')}` : name,
  );
  const path = [dirname(program), dirname(process.execPath), process.env.PATH].join(':');
  const env = { ...process.env, PATH: path, HOME: home, XDG_CACHE_HOME: cache, ...environment };
  try {
    return await new Promise((resolve) => {
      execFile(
        program,
        ['-s', '-B', launcher, ...taken, '--', ...command],
        { cwd: repository, env, maxBuffer: 64 * 1024 * 1024 },
        (error, stdout, stderr) => {
          const code = error ? error.code : 0;
          resolve({ exitCode: typeof code === 'number' ? code : -1, stdout, stderr });
        },
      );
    });
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

/** Whether this machine lets the facilities be taken away. */
export function canSimulate(facilities: readonly string[]): Probe {
  return async () => {
    const { exitCode, stderr } = await runOnHost(facilities, [process.execPath, '--version']);
    if (exitCode === 0) return true;
    return exitCode === CANNOT_BE_TAKEN_AWAY ? stderr.trim() : `the launcher failed: ${stderr}`;
  };
}
