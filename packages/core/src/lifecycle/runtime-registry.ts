/** The engine's runtimes: each started once, again after it failed. */

import type { EngineOptions, PythonOptions } from '../engine.js';
import { BelljarError } from '../errors.js';
import { DEFAULT_LIMITS, POOL_SIZE, type SandboxLimits } from '../limits.js';
import { JailedRuntime } from '../runtimes/jailed/jailed-runtime.js';
import type { JailLaunch } from '../runtimes/jailed/launch.js';
import { pythonNeedsLinux } from '../runtimes/needs-linux.js';
import { endLaunch, launchFor } from '../runtimes/python/early-launch.js';
import { setupPython } from '../runtimes/python/environment/setup-python.js';
import type { Runtime } from '../runtimes/runtime.js';
import type { Language } from '../sandbox.js';

export type Warn = (code: string, message: string) => void;

const closed = (): BelljarError => new BelljarError('ENGINE_CLOSED', 'The engine was closed.');

interface StartedRuntime extends Runtime {
  /** Why it is of no use any more. */
  readonly failure?: BelljarError | undefined;
}

/** One runtime: started once, and again after it failed: what was missing may be there by now. */
class RuntimeSlot<R extends StartedRuntime> {
  #current: Promise<R> | undefined;
  #started: R | undefined;
  #closed = false;

  async get(start: () => Promise<R>): Promise<R> {
    if (this.#closed) throw closed();
    if (this.#started?.failure) this.#started = this.#current = undefined;
    this.#current ??= start();
    try {
      this.#started = await this.#current;
      return this.#started;
    } catch (error) {
      this.#current = undefined;
      throw error;
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    const started = await this.#current?.catch(() => undefined);
    await started?.close();
  }
}

export class RuntimeRegistry {
  readonly #options: EngineOptions;
  readonly #limits: SandboxLimits;
  readonly #warn: Warn;
  readonly #python = new RuntimeSlot<JailedRuntime>();
  readonly #javascript = new RuntimeSlot<StartedRuntime>();
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

  #javascriptRuntime(): Promise<Runtime> {
    return this.#javascript.get(async () => {
      const { startJavascript } = await import('../runtimes/javascript/start-javascript.js');
      return startJavascript(this.#options, this.#limits, this.#warn);
    });
  }

  async #pythonRuntime(): Promise<JailedRuntime> {
    // Without Linux there is no level for Python: it is never run below `confined`.
    if (!this.#closed && process.platform !== 'linux') throw pythonNeedsLinux();
    return this.#python.get(() => this.#startPython(this.#options.python ?? {}));
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
    return new JailedRuntime(launch, {
      poolSize: python.poolSize ?? POOL_SIZE,
      poolLimits: this.#limits,
      waitForPreload: python.packages === 'data',
      onWarning: this.#warn,
    });
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
    const ends = [this.#javascript.close(), this.#python.close(), endLaunch(this.#early)];
    await Promise.all(ends);
  }
}

export function limitsWith(
  base: SandboxLimits,
  asked: Partial<SandboxLimits> | undefined,
): SandboxLimits {
  const given = Object.entries(asked ?? {}).filter(([, value]) => value !== undefined);
  return { ...DEFAULT_LIMITS, ...base, ...Object.fromEntries(given) };
}
