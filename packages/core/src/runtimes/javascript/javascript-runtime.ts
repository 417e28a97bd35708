/** JavaScript sandboxes at level `process`: for developing, and never unless asked for by name. */
import { BelljarError } from '../../errors.js';
import type { IsolationReport } from '../../execution.js';
import type { SandboxLimits } from '../../limits.js';
import type { Runtime, SandboxProcess } from '../runtime.js';
import type { HostProgram } from './host-program.js';
import { PROCESS_WARNING, processIsolation } from './isolation.js';
import { JavascriptSandbox } from './javascript-sandbox.js';

export class JavascriptRuntime implements Runtime {
  readonly language = 'javascript';
  readonly #sandboxes = new Set<Promise<JavascriptSandbox>>();
  readonly #program: HostProgram;
  readonly #environment: string;
  #closed = false;

  constructor(
    program: HostProgram,
    environment: string,
    onWarning: (code: string, message: string) => void,
  ) {
    this.#program = program;
    this.#environment = environment;
    onWarning('ISOLATION_WEAKENED', PROCESS_WARNING);
  }

  ready(): Promise<void> {
    return Promise.resolve();
  }

  isolation(): IsolationReport {
    return processIsolation();
  }

  environment(): string {
    return this.#environment;
  }

  async acquire(limits: SandboxLimits): Promise<SandboxProcess> {
    if (this.#closed) throw new BelljarError('ENGINE_CLOSED', 'The engine was closed.');
    const starting = JavascriptSandbox.start(this.#program, limits);
    this.#sandboxes.add(starting);
    const forget = (): void => void this.#sandboxes.delete(starting);
    starting.then((sandbox) => sandbox.gone.then(forget), forget);
    return starting;
  }

  async close(): Promise<void> {
    this.#closed = true;
    const started = await Promise.allSettled(this.#sandboxes);
    await Promise.all(
      started.map((one) => (one.status === 'fulfilled' ? one.value.end() : undefined)),
    );
  }
}
