/** Options that several commands have: the sandbox's limits, and the engine's Python and level. */

import type { EngineOptions, SandboxLimits } from '@belljar/core';
import { type Command, Option } from 'commander';
import { parseCount } from './count.js';
import { parseSize } from './size.js';

export interface LimitFlags {
  memory?: number;
  cpus?: number;
  processes?: number;
  workspace?: number;
}

export function addLimitOptions(command: Command): Command {
  return command
    .option('--memory <size>', 'memory of all its processes (default: 1.5GiB)', parseSize)
    .option('--cpus <n>', 'CPUs it may run on at the same time (default: 2)', parseCount)
    .option('--processes <n>', 'processes and threads at the same time (default: 64)', parseCount)
    .option('--workspace <size>', 'bytes of its files (default: 1GiB)', parseSize);
}

export function limitsOf(flags: LimitFlags): Partial<SandboxLimits> {
  return {
    memoryBytes: flags.memory,
    cpus: flags.cpus,
    processes: flags.processes,
    workspaceBytes: flags.workspace,
  };
}

export interface EngineFlags {
  python?: string;
  packages?: 'data';
  minimumIsolation?: 'namespaces' | 'confined' | 'process';
}

export function addEngineOptions(command: Command): Command {
  return command
    .option('--python <interpreter>', 'a CPython 3.9 or newer to run sandboxes with')
    .addOption(
      new Option(
        '--minimum-isolation <level>',
        'start nothing below it (default: confined)',
      ).choices(['namespaces', 'confined', 'process']),
    );
}

/** `python` is left out where nothing is asked of it: the engine then starts Python at once. */
export function engineOptionsOf(flags: EngineFlags): EngineOptions {
  const { python: interpreter, packages, minimumIsolation } = flags;
  const python = interpreter || packages ? { python: { interpreter, packages } } : {};
  return { ...python, minimumIsolation };
}
