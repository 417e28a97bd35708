/** Starts the runtime of JavaScript sandboxes at the best level that can be had, and is allowed. */
import type { EngineOptions } from '../../engine.js';
import { BelljarError } from '../../errors.js';
import { JAVASCRIPT_POOL_SIZE, type SandboxLimits } from '../../limits.js';
import { type JailedLanguage, JailedRuntime } from '../jailed/jailed-runtime.js';
import { launchJail } from '../jailed/launch.js';
import { sandboxesNeedLinux } from '../needs-linux.js';
import { findInterpreter } from '../python/environment/interpreter.js';
import { keepModules } from './given-modules.js';
import {
  findHostProgram,
  HELD_BYTES,
  HOST_ENVIRONMENT,
  type HostProgram,
  nodeLibraries,
  PROGRAM,
  RESERVED_BYTES,
  THREADS,
} from './host-program.js';
import { JavascriptRuntime } from './javascript-runtime.js';

type Warn = (code: string, message: string) => void;

/** A snapshot of one V8 is of no use to another. */
export function javascriptEnvironment(): string {
  return `node-${process.versions.node.split('.')[0]}-v8-${process.versions.v8}`;
}

/** Leaves nothing, and has gone most of the ways that code goes: the first one finds them compiled. */
const REHEARSAL = `{
  const all = [1, 'a', { b: null }]
  for (const one of all) console.log('%s', one, \`\${all.length}\`)
  await all.map((one) => one)
}
({ a: [1] })`;

const JAVASCRIPT: JailedLanguage = {
  language: 'javascript',
  nothing: REHEARSAL,
  preloads: false,
  recordsClock: true,
  environment: javascriptEnvironment(),
  checkpoints: false,
  commands: false,
  abortsWithoutMemory: true,
};

/** Without a jail only where the caller asked for that by name, and there is none. */
export async function startJavascript(
  options: EngineOptions,
  limits: SandboxLimits,
  onWarning: Warn,
): Promise<JailedRuntime | JavascriptRuntime> {
  const program = findHostProgram(await keepModules(options.javascript?.modules));
  try {
    const runtime = await launchJavascript(program, options, limits, onWarning);
    if (options.minimumIsolation === 'process') await proveOne(runtime, limits);
    return runtime;
  } catch (error) {
    if (options.minimumIsolation === 'process') {
      return new JavascriptRuntime(program, javascriptEnvironment(), onWarning);
    }
    throw explained(error);
  }
}

/** Resolves when sandboxes can be born. `program`: what runs in each of them. */
export async function launchJavascript(
  program: HostProgram,
  { python, javascript, minimumIsolation }: EngineOptions,
  poolLimits: SandboxLimits,
  onWarning: Warn,
): Promise<JailedRuntime> {
  if (process.platform !== 'linux') throw sandboxesNeedLinux();
  const { command } = await findInterpreter({ interpreter: python?.interpreter });
  const launch = await launchJail({
    interpreter: command,
    preload: [],
    threads: 1,
    minimumIsolation: minimumIsolation === 'namespaces' ? 'namespaces' : 'confined',
    program: {
      files: program.files,
      libraries: nodeLibraries(),
      command: ['node', ...program.flags, ...PROGRAM.filter((name) => name in program.files)],
      environment: HOST_ENVIRONMENT,
      heldBytes: HELD_BYTES,
      reservedBytes: RESERVED_BYTES,
      threads: THREADS,
    },
  });
  const runtime = new JailedRuntime(launch, {
    language: JAVASCRIPT,
    poolSize: javascript?.poolSize ?? JAVASCRIPT_POOL_SIZE,
    poolLimits,
    waitForPreload: false,
    onWarning,
  });
  try {
    await runtime.ready();
    return runtime;
  } catch (error) {
    await runtime.close();
    throw error;
  }
}

/** A machine may give all that a runtime begins with, and refuse a sandbox of it. */
async function proveOne(runtime: JailedRuntime, limits: SandboxLimits): Promise<void> {
  try {
    await (await runtime.acquire(limits)).end();
  } catch (error) {
    await runtime.close();
    throw error;
  }
}

/** The jail is set up by python3: who has none can ask for JavaScript without one, by name. */
function explained(error: unknown): unknown {
  if (!BelljarError.isInstance(error)) return error;
  if (error.code !== 'RUNTIME_UNAVAILABLE' && error.code !== 'ISOLATION_UNAVAILABLE') return error;
  const { code, message, details } = error;
  return new BelljarError(code, `JavaScript sandboxes cannot be put in a jail: ${message}`, {
    suggestion:
      'The jail is set up with python3; for developing, ' +
      "createEngine({ minimumIsolation: 'process' }) runs JavaScript without one.",
    details,
    cause: error,
  });
}
