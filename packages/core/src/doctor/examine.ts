/** `engine.doctor()`: tries what the jail is made of, and says what is missing and how to get it. */
import type { EngineOptions, IsolationLevel } from '../engine.js';
import { OPEN_TO_ALL } from '../runtimes/jailed/start-failure.js';
import { WEAKENED_AT_PROCESS } from '../runtimes/javascript/isolation.js';
import { explain } from './explain.js';
import { type HostFacts, readHostFacts } from './host-facts.js';
import { examineJavascript } from './javascript-report.js';
import { isAtLeast, LAYERS, reachedLevel } from './levels.js';
import { examinePython, type PythonExamination, realProgram } from './python-report.js';
import type { DoctorReport, LayerReport, RuntimeReport } from './report.js';
import type { LayerAnswer } from './run-probes.js';

const DEFAULT_MINIMUM: IsolationLevel = 'confined';

/** Starts one short process and nothing that stays. `host`: for tests of other machines. */
export async function examine(
  options: EngineOptions,
  host: HostFacts = readHostFacts(),
): Promise<DoctorReport> {
  const minimumIsolation = options.minimumIsolation ?? DEFAULT_MINIMUM;
  const python =
    host.platform === 'linux' ? await examinePython(options.python ?? {}, host) : notLinux(host);
  const layers = layerReports(python, host);
  const inForce = new Set(layers.filter((one) => one.inForce).map(({ layer }) => layer));
  const found = reachedLevel((layer) => inForce.has(layer), host.user);
  const report = reachable(python, layers, found);
  const reached = report.available ? found : 'none';
  const javascript = await examineJavascript(minimumIsolation, report, reached);
  const level = reached === 'none' && javascript.available ? 'process' : reached;
  const { platform, architecture, kernel, node, user, container } = host;
  return {
    level,
    minimumIsolation,
    ok: isAtLeast(level, minimumIsolation),
    machine: { platform, architecture, kernel, node, user, container },
    layers,
    weakened: weakenedAt(level, python),
    runtimes: [report, javascript],
  };
}

/** Everything that is promised holds in full with namespaces. */
function weakenedAt(
  level: DoctorReport['level'],
  { answer }: PythonExamination,
): DoctorReport['weakened'] {
  if (level === 'process') return [...WEAKENED_AT_PROCESS];
  return level === 'confined' ? (answer?.weakenedWhenConfined ?? []) : [];
}

function notLinux({ platform }: HostFacts): PythonExamination {
  return {
    report: {
      language: 'python',
      available: false,
      reason: `Python sandboxes need Linux; this is ${platform}`,
      fix: 'Run the engine in a Linux container or virtual machine (on Windows: WSL 2).',
    },
    answer: undefined,
  };
}

/** An interpreter that runs here is of no use where a sandbox cannot see it. */
function reachable(
  { report, answer }: PythonExamination,
  layers: LayerReport[],
  level: DoctorReport['level'],
): RuntimeReport {
  if (level === 'confined' && answer?.closedToOthers) {
    const reason = `at level 'confined' root's sandboxes are other users, who cannot get to '${answer.closedToOthers}'`;
    return { ...report, available: false, reason, fix: OPEN_TO_ALL };
  }
  if (answer?.layers?.['read-only-root']?.kind !== 'InterpreterHidden') return report;
  const { reason, fix } = layers.find(({ layer }) => layer === 'read-only-root') ?? {};
  return { ...report, available: false, ...(reason && { reason }), ...(fix && { fix }) };
}

function layerReports({ report, answer }: PythonExamination, host: HostFacts): LayerReport[] {
  const answers = answer?.layers ?? {};
  return Object.entries(LAYERS)
    .filter(([, { onlyRoot }]) => !onlyRoot || host.user === 'root')
    .map(([layer, { neededFor }]) => {
      const said = answers[layer];
      const interpreter = realProgram(answer?.executable ?? '');
      if (answer === undefined) return { layer, inForce: false, neededFor, ...untried(report) };
      if (layer === 'cgroups') return cgroups(said, host, interpreter);
      if (said?.ok) return { layer, inForce: true, neededFor };
      return { layer, inForce: false, neededFor, ...missing(layer, said, host, interpreter) };
    });
}

function untried({ reason }: RuntimeReport): { reason: string } {
  return { reason: `it could not be tried: ${reason}` };
}

function missing(
  layer: string,
  said: LayerAnswer | undefined,
  host: HostFacts,
  interpreter: string,
): { reason: string; fix?: string } {
  if (said?.needs) return { reason: `it needs ${said.needs}` };
  const { message = 'the probe said nothing', errno, kind = '' } = said ?? {};
  const failure = { layer, errno: errno ?? undefined, message, kind, interpreter };
  const { reason, fix } = explain(failure, host);
  return { reason: reason.includes(message) ? reason : `${reason} (${message})`, fix };
}

/** They can be had or not; no limit rests on them. */
function cgroups(said: LayerAnswer | undefined, host: HostFacts, interpreter: string): LayerReport {
  const answer: LayerAnswer | undefined = said?.ok
    ? { ok: false, kind: 'NotUsed', message: 'control groups can be made here' }
    : said;
  const { reason, fix } = missing('cgroups', answer, host, interpreter);
  return { layer: 'cgroups', inForce: false, neededFor: 'optional', reason, ...(fix && { fix }) };
}
