/** Whether there is a Python that sandboxes can be made from, and how to get one. */
import { realpathSync } from 'node:fs';
import type { PythonOptions } from '../engine.js';
import { BelljarError } from '../errors.js';
import { findInterpreter } from '../runtimes/python/environment/interpreter.js';
import type { HostFacts } from './host-facts.js';
import type { RuntimeReport } from './report.js';
import { type ProbeAnswer, runProbes } from './run-probes.js';

const OLDEST_MINOR = 9;

/** How to install Python, by `ID` or `ID_LIKE` of os-release. */
const INSTALL: Readonly<Record<string, string>> = {
  debian: 'apt-get install -y python3',
  ubuntu: 'apt-get install -y python3',
  alpine: 'apk add python3',
  fedora: 'dnf install -y python3',
  rhel: 'dnf install -y python3.11',
  amzn: 'dnf install -y python3.11',
  suse: 'zypper install -y python311',
  arch: 'pacman -S python',
};

export function installPython({ distribution }: HostFacts): string {
  const known = distribution.map((name) => INSTALL[name]).find((command) => command);
  const how = known
    ? `\`${known}\``
    : 'the package python3 of your system (Debian: `apt-get install python3`, Alpine: `apk add python3`)';
  return `Install CPython 3.${OLDEST_MINOR} or newer: ${how}; or name one with the option python.interpreter or BELLJAR_PYTHON.`;
}

export interface PythonExamination {
  report: RuntimeReport;
  /** Undefined when nothing could be tried. */
  answer: ProbeAnswer | undefined;
}

export async function examinePython(
  options: PythonOptions,
  host: HostFacts,
): Promise<PythonExamination> {
  const unavailable = (reason: string, more: Partial<RuntimeReport> = {}): PythonExamination => ({
    report: { language: 'python', available: false, ...more, reason, fix: installPython(host) },
    answer: undefined,
  });
  let command: string;
  try {
    ({ command } = await findInterpreter({ interpreter: options.interpreter }));
  } catch (error) {
    if (!BelljarError.isInstance(error)) throw error;
    return unavailable(withoutSuggestion(error));
  }
  const answer = await runProbes(command);
  if (typeof answer === 'string') {
    return unavailable(`${command} ${answer}`, { interpreter: command });
  }
  const { implementation, version, incomplete, packages = [] } = answer;
  const found = { interpreter: command, version };
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (implementation !== 'cpython' || major !== 3 || minor < OLDEST_MINOR) {
    const reason = `${command} is ${implementation} ${version}, and CPython 3.${OLDEST_MINOR} or newer is needed`;
    return unavailable(reason, found);
  }
  if (incomplete !== undefined) {
    return unavailable(`${command} lacks a part of the standard library: ${incomplete}`, found);
  }
  return { report: { language: 'python', available: true, ...found, packages }, answer };
}

function withoutSuggestion({ message, suggestion }: BelljarError): string {
  return suggestion === undefined ? message : message.replace(` ${suggestion}`, '');
}

/** The program that runs, behind links: what a profile of the system has to name. */
export function realProgram(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
