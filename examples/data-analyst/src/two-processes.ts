/** Runs the story in two processes: the first is killed after its second turn, the other goes on. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Which of the two a process is, and where sandbox and conversation are kept. */
export interface Part {
  part: 'first' | 'second';
  state: string;
}

/** Set for the two processes, and for nobody else. */
const PART = 'DATA_ANALYST_PART';
const STATE = 'DATA_ANALYST_STATE';

export function partOf(environment: NodeJS.ProcessEnv): Part | undefined {
  const { [PART]: part, [STATE]: state } = environment;
  return (part === 'first' || part === 'second') && state ? { part, state } : undefined;
}

const ENDINGS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Resolves to the exit code of the whole. */
export async function runInTwoProcesses(args: readonly string[]): Promise<number> {
  const state = await mkdtemp(join(tmpdir(), 'belljar-demo-'));
  try {
    const first = await run(args, { part: 'first', state });
    // It ends itself in the middle of things: an exit code says that it did not come so far.
    if (first.signal !== 'SIGKILL') return first.code ?? 1;
    return (await run(args, { part: 'second', state })).code ?? 1;
  } finally {
    await rm(state, { recursive: true, force: true });
  }
}

interface Ending {
  code: number | null;
  signal: NodeJS.Signals | null;
}

async function run(args: readonly string[], { part, state }: Part): Promise<Ending> {
  const env = { ...process.env, [PART]: part, [STATE]: state };
  const script = process.argv[1] ?? '';
  const child = spawn(process.execPath, [script, ...args], { env, stdio: 'inherit' });
  // A terminal sends Ctrl-C to the child too; this process stays to remove what was kept.
  const passOn = (name: NodeJS.Signals): void => void child.kill(name);
  for (const name of ENDINGS) process.on(name, passOn);
  const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
  for (const name of ENDINGS) process.off(name, passOn);
  return { code, signal };
}
