/** Engines for tests, in a temporary folder of their own, and the check that nothing is left. */
import { chmodSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { createEngine, type Engine, type EngineOptions, type Sandbox } from '@belljar/core';
import { afterAll, expect, vi } from 'vitest';
import { descendants, read } from './process-tree.js';

/** Enough for most tests: no library is imported, and few sandboxes stand ready. */
export const plainPython = { preload: [], poolSize: 2 };

/** Without python3 there is no jail: JavaScript runs at level `process`, and only by name. */
export const withoutJail = {
  minimumIsolation: 'process',
  python: { interpreter: '/nowhere/python3' },
  onWarning: () => {},
} as const;

/** Those of a jail say whose they are; JavaScript's without one are this process's own children. */
function isOwn(pid: string): boolean {
  const command = read(`/proc/${pid}/cmdline`);
  if (command.includes('belljar_runtime')) return command.includes(`"parent":${process.pid},`);
  if (!/javascript-host|belljar-lifeline/.test(command)) return false;
  return read(`/proc/${pid}/status`).includes(`\nPPid:\t${process.pid}\n`);
}

/**
 * Processes of this process's engines: wardens and zygotes, whose command lines say so, and the
 * sandboxes below them, which the kernel ends with the zygotes.
 */
export function ownProcesses(): number[] {
  const roots = readdirSync('/proc').filter((name) => {
    return /^\d+$/.test(name) && isOwn(name);
  });
  return [...new Set(roots.map(Number).flatMap((pid) => [pid, ...descendants(pid)]))];
}

export function ownFolders(): string[] {
  return readdirSync(tmpdir()).filter((name) => name.startsWith('belljar-'));
}

/** The kernel takes a moment to end what was killed: looks until nothing is there. */
export async function expectNothingLeft(): Promise<void> {
  await vi.waitFor(
    () =>
      expect({ processes: ownProcesses(), folders: ownFolders() }).toEqual({
        processes: [],
        folders: [],
      }),
    { timeout: 20_000, interval: 10 },
  );
}

/**
 * Gives the test file a TMPDIR of its own. Returns `open`, which makes engines that are closed
 * after the file's tests; then no process and no file of theirs may be left.
 */
export function useEngines(): (options?: EngineOptions) => Promise<Engine> {
  const before = process.env.TMPDIR;
  const folder = mkdtempSync('/tmp/bjt-');
  chmodSync(folder, 0o711); // where root's sandboxes share the host's files, other user ids pass through it
  process.env.TMPDIR = folder;
  const opened: Engine[] = [];
  afterAll(async () => {
    await Promise.all(opened.map((engine) => engine.close()));
    await expectNothingLeft();
    rmSync(folder, { recursive: true });
    if (before === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = before;
  });
  return async (options = {}) => {
    const engine = await createEngine({ python: plainPython, ...options });
    opened.push(engine);
    return engine;
  };
}

/** An engine for all tests of a file, made with the first sandbox. */
export function useSandboxes(options?: EngineOptions): Engine['createSandbox'] {
  const open = useEngines();
  let engine: Promise<Engine> | undefined;
  return async (asked): Promise<Sandbox> => {
    engine ??= open(options);
    return (await engine).createSandbox(asked);
  };
}
