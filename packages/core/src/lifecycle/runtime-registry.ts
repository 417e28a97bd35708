/** The engine's runtimes: each started once, again after it failed. */

import type { EngineOptions, PythonOptions } from '../engine.js';
import { BelljarError } from '../errors.js';
import { DEFAULT_LIMITS, POOL_SIZE, type SandboxLimits } from '../limits.js';
import { JailedRuntime } from '../runtimes/jailed/jailed-runtime.js';
import type { JailLaunch } from '../runtimes/jailed/launch.js';
import type { JavascriptRuntime } from '../runtimes/javascript/javascript-runtime.js';
import { pythonNeedsLinux } from '../runtimes/needs-linux.js';
import { endLaunch, launchFor } from '../runtimes/python/early-launch.js';
import { setupPython } from '../runtimes/python/environment/setup-python.js';
import type { Runtime } from '../runtimes/runtime.js';
import type { Language } from '../sandbox.js';

export type Warn = (code: string, message: string) => void;

const closed = (): BelljarError => new BelljarError('ENGINE_CLOSED', 'The engine was closed.');

export class RuntimeRegistry {
  readonly #options: EngineOptions;
  readonly #limits: SandboxLimits;
  readonly #warn: Warn;
  #python: Promise<JailedRuntime> | undefined;
  #started: JailedRuntime | undefined;
  #javascript: Promise<JavascriptRuntime> | undefined;
  #early: Promise<JailLaunch> | undefined;
  #closed = false;

  constructor(
    options: EngineOptions,
    limits: SandboxLimits,
    warn: Warn,
    early: Promise<JailLaunch> | undefined,
  ) {
    this.#early = early;
    this.#options = options;
    this.#limits = limits;
    this.#warn = warn;
  }

  /** Begins to start Python, so that it is ready when the first sandbox is asked for. */
  warmUp(): void {
    this.#pythonRuntime().catch(() => {}); // the first create reports it
  }

  async get(language: Language): Promise<Runtime> {
    if (language === 'javascript') return this.#javascriptRuntime();
    const runtime = await this.#pythonRuntime();
    await runtime.ready();
    return runtime;
  }

  /** Only where the caller lowered the level to `process` by name. */
  #javascriptRuntime(): Promise<JavascriptRuntime> {
    if (this.#closed) throw closed();
    if (this.#options.minimumIsolation !== 'process') {
      throw new BelljarError(
        'RUNTIME_UNAVAILABLE',
        'JavaScript sandboxes in a jail are not built yet.',
        {
          suggestion:
            "Use language: 'python'; for developing, createEngine({ minimumIsolation: 'process' }) " +
            'gives JavaScript without a jail.',
        },
      );
    }
    this.#javascript ??= import('../runtimes/javascript/javascript-runtime.js').then(
      (module) => new module.JavascriptRuntime(this.#warn),
    );
    return this.#javascript;
  }

  async #pythonRuntime(): Promise<JailedRuntime> {
    if (this.#closed) throw closed();
    // Without Linux there is no level for Python: it is never run below `confined`.
    if (process.platform !== 'linux') throw pythonNeedsLinux();
    // A runtime that failed is started again: what was missing may be there by now.
    if (this.#started?.failure) this.#python = undefined;
    this.#python ??= this.#startPython(this.#options.python ?? {});
    try {
      return await this.#python;
    } catch (error) {
      this.#python = undefined;
      throw error;
    }
  }

  async #startPython(python: PythonOptions): Promise<JailedRuntime> {
    const environment = python.packages === 'data' ? await this.#setUpPackages(python) : undefined;
    const early = this.#early;
    this.#early = undefined;
    const launch = await (early ?? launchFor(python, this.#options.minimumIsolation, environment));
    if (this.#closed) {
      await endLaunch(Promise.resolve(launch));
      throw closed();
    }
    this.#started = new JailedRuntime(launch, {
      poolSize: python.poolSize ?? POOL_SIZE,
      poolLimits: this.#limits,
      waitForPreload: python.packages === 'data',
      onWarning: this.#warn,
    });
    return this.#started;
  }

  /** The environment's interpreter; undefined, with a warning, where it cannot be made. */
  async #setUpPackages(python: PythonOptions): Promise<string | undefined> {
    try {
      return (await setupPython({ interpreter: python.interpreter })).interpreter;
    } catch (error) {
      this.#warn(
        'PACKAGES_UNAVAILABLE',
        `The data packages could not be installed, so python3 serves with what it has: ${
          error instanceof Error ? error.message : String(error)
        }`,
      );
      return undefined;
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    await (await this.#javascript)?.close();
    await endLaunch(this.#early);
    await this.#python?.then(
      (runtime) => runtime.close(),
      () => {},
    );
  }
}

export function limitsWith(
  base: SandboxLimits,
  asked: Partial<SandboxLimits> | undefined,
): SandboxLimits {
  const given = Object.entries(asked ?? {}).filter(([, value]) => value !== undefined);
  return { ...DEFAULT_LIMITS, ...base, ...Object.fromEntries(given) };
}
