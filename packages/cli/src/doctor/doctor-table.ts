/** A doctor's report for a person: what is reached, layer by layer, and what helps. */
import { styleText } from 'node:util';
import type { DoctorReport } from '@belljar/core';
import { safeLine } from '../terminal/safe-text.js';
import { table } from '../terminal/table.js';

const inForce = (): string => styleText('green', 'in force');
/** Red where it keeps sandboxes from being created. */
const missing = (matters: boolean): string => styleText(matters ? 'red' : 'yellow', 'missing');

/** Reason and remedy, each said if it is there. */
function advice(reason: string | undefined, fix: string | undefined): string {
  return [reason, fix && `Fix: ${fix}`]
    .filter((part) => part !== undefined)
    .map((part) => safeLine(part))
    .join('\n');
}

function verdict({ level, minimumIsolation, ok }: DoctorReport): string {
  if (ok)
    return `${styleText('green', level)}: sandboxes can be created (${minimumIsolation} is asked for).`;
  const reached = level === 'none' ? 'no level is reached' : `only ${level} is reached`;
  return `${styleText('red', level)}: no sandbox can be created: ${minimumIsolation} is asked for, ${reached}.`;
}

function machineLine({ machine }: DoctorReport): string {
  const { platform, architecture, kernel, node, user, container } = machine;
  const who = user === 'root' ? 'as root' : 'as an ordinary user';
  const where = container === undefined ? 'in no container' : `in a container (${container})`;
  return safeLine(
    `${platform} ${architecture}, kernel ${kernel}, Node ${node.replace(/^v/, '')}, ${who}, ${where}`,
  );
}

/** Of some thirty packages, those that people ask for. */
const ASKED_FOR = /^(numpy|pandas|matplotlib|scipy|scikit-learn|polars|pyarrow)\b/;

function packagesText(packages: readonly string[]): string {
  const named = packages.filter((name) => ASKED_FOR.test(name));
  const others = packages.length - named.length;
  const rest = others > 0 ? [others === 1 ? 'one more' : `${others} more`] : [];
  return packages.length > 0 ? `with ${[...named, ...rest].join(', ')}` : '';
}

function runtimeText(runtime: DoctorReport['runtimes'][number]): string {
  const { available, interpreter, version, packages = [], reason, fix } = runtime;
  if (!available) return advice(reason, fix);
  const what = [version, interpreter].filter(Boolean).join(' at ');
  return safeLine([what, packagesText(packages)].filter(Boolean).join(', '));
}

export function doctorTable(report: DoctorReport, width: number): string {
  const layers = report.layers.map(({ layer, inForce: there, neededFor, reason, fix }) => [
    safeLine(layer),
    there ? inForce() : missing(!report.ok && neededFor !== 'optional'),
    neededFor,
    there ? '' : advice(reason, fix),
  ]);
  const runtimes = report.runtimes.map((runtime) => [
    runtime.language,
    runtime.available ? styleText('green', 'ready') : missing(!report.ok),
    runtimeText(runtime),
  ]);
  const weakened = report.weakened.map(({ promise, reason }) => [promise, reason].map(safeLine));
  return [
    `Isolation  ${verdict(report)}\nMachine    ${machineLine(report)}\n`,
    table(['LAYER', 'STATE', 'NEEDED FOR', 'WHY, AND WHAT HELPS'], layers, width),
    table(['RUNTIME', 'STATE', ''], runtimes, width),
    ...(weakened.length > 0 ? [table(['WEAKENED PROMISE', 'WHY'], weakened, width)] : []),
  ].join('\n');
}
