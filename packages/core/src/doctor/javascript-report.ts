/** Whether JavaScript sandboxes can be had: isolated-vm loads in this Node, and there is a jail for it. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { IsolationLevel } from '../engine.js';
import { BelljarError } from '../errors.js';
import { findHostProgram } from '../runtimes/javascript/host-program.js';
import type { RuntimeReport } from './report.js';

const LOAD = 'process.dlopen({ exports: {} }, process.argv[1])';
const LOADS_WITHIN_MS = 10_000;
const ON_MACHINE = "minimumIsolation: 'process' runs it without a jail, for developing.";

/** `python`: what sets up the jail. `reached`: the level that it gives. */
export async function examineJavascript(
  minimumIsolation: IsolationLevel,
  python: RuntimeReport,
  reached: IsolationLevel | 'none',
): Promise<RuntimeReport> {
  const missing = await whyNotLoaded();
  if (missing) return { language: 'javascript', available: false, ...missing };
  if (reached !== 'none' || minimumIsolation === 'process') {
    return { language: 'javascript', available: true, version: process.versions.node };
  }
  const reason = python.available
    ? 'no level of isolation is reached'
    : `its jail is set up with python3: ${python.reason}`;
  const fix = [python.fix, ON_MACHINE].filter((text) => text !== undefined).join(' ');
  return { language: 'javascript', available: false, reason, fix };
}

/** Tried in a process that may die of it. */
async function whyNotLoaded(): Promise<{ reason: string; fix: string } | undefined> {
  try {
    const { node, 'isolated-vm.node': addon } = findHostProgram().files;
    const options = { env: {}, timeout: LOADS_WITHIN_MS };
    await promisify(execFile)(node, ['--no-node-snapshot', '-e', LOAD, addon], options);
    return undefined;
  } catch (error) {
    if (BelljarError.isInstance(error)) {
      const { message, suggestion = '' } = error;
      return { reason: message.replace(` ${suggestion}`, ''), fix: suggestion };
    }
    const last = (error as Error).message.split('\n').find((line) => line.startsWith('Error:'));
    return {
      reason: `isolated-vm does not load in Node ${process.versions.node}${last ? ` (${last})` : ''}`,
      fix: 'Install it again with this Node: npm rebuild isolated-vm.',
    };
  }
}
