/** One live sandbox, as the engine sees it. Adds the engine's own clock to the keeper's. */
import { FILES_LIMIT_BYTES, type SandboxLimits, TIMEOUT_GRACE_MS } from '../../limits.js';
import type { FileInfo, SpawnedProcess, Variable } from '../../sandbox.js';
import { pythonOnly } from '../python-only.js';
import type { CommandRequest, RunOutcome, RunRequest, SandboxProcess } from '../runtime.js';
import type {
  Capture,
  LostValue,
  RestoreOptions,
  SandboxState,
  StateSink,
  StateSource,
} from '../sandbox-state.js';
import { parseVariables } from '../session-payloads.js';
import { ChannelClosed, type ChunkTaker, type KeeperLink, Refusal } from './keeper-link.js';
import { refused, toFileInfo } from './refusals.js';
import { RunAssembly } from './run-assembly.js';
import { spawnCommand } from './spawned-command.js';
import { StateTransfer } from './state-transfer.js';
import type { KeptLanguage, Supervision } from './supervision.js';

/** A run that is over sooner is not watched: its limits are the kernel's alone. */
const WATCH_AFTER_MS = 20;
/** The keeper had its time and the grace; then the whole sandbox is ended from outside. */
const OUTER_GRACE_MS = 2_000;
const VARIABLES_TIMEOUT_MS = 10_000;
const REHEARSAL_TIMEOUT_MS = 10_000;
const ANSWER_TIMEOUT_MS = 5_000;
const CHECKPOINT_TIMEOUT_MS = 120_000;
const RESTORE_TIMEOUT_MS = 120_000;
/** The checkpoint of a sandbox that used more than this part of its memory is waited for. */
const SHARED_PART = 3;

export class KeeperProcess implements SandboxProcess {
  readonly #link: KeeperLink;
  readonly #limits: SandboxLimits;
  readonly #supervision: Supervision;
  #executionNumber = 0;
  #commands = 0;
  #lostWhileIdle: string | undefined;
  /** What the last execution used at most, libraries included. */
  #seenBytes = 0;
  readonly #state: StateTransfer;
  /** The process id of what stands by; 0 when nothing does. */
  #savepoint = 0;
  /** What was written since belongs to the next run. */
  #isMarked = false;
  readonly #language: KeptLanguage;
  savepoint?: () => Promise<string | undefined>;
  checkpoint?: (sink: StateSink, timeoutMs?: number) => Capture;
  readonly seed: string;

  constructor(
    link: KeeperLink,
    limits: SandboxLimits,
    supervision: Supervision,
    language: KeptLanguage,
    seed: string,
  ) {
    this.#language = language;
    this.seed = seed;
    this.#link = link;
    this.#state = new StateTransfer(link, language.environment, 2 * limits.memoryBytes);
    if (language.checkpoints) {
      this.checkpoint = this.#checkpoint;
      this.savepoint = this.#keepMemory;
    }
    this.#limits = limits;
    this.#supervision = supervision;
    link.onSessionLost = () => {
      this.#lostWhileIdle = 'the interpreter ended between two executions';
    };
  }

  get gone(): Promise<string> {
    return this.#link.closed;
  }

  get memoryLost(): string | undefined {
    return this.#lostWhileIdle;
  }

  /** Runs nothing once, while nobody waits: the first run of a process meets pages it must copy. */
  async rehearse(): Promise<void> {
    await this.#runNothing(REHEARSAL_TIMEOUT_MS);
  }

  async answers(): Promise<boolean> {
    const { status } = await this.#runNothing(ANSWER_TIMEOUT_MS);
    return status === 'ok' && this.memoryLost === undefined;
  }

  #assembly(request: RunRequest): RunAssembly {
    return new RunAssembly(this.#limits, request, this.#language.abortsWithoutMemory);
  }

  #runNothing(timeoutMs: number): Promise<RunOutcome> {
    const request: RunRequest = { code: this.#language.nothing, timeoutMs, signal: undefined };
    const assembly = this.#assembly(request);
    const order = { t: 'execute', number: 0 };
    return this.#supervised(order, Buffer.from(this.#language.nothing), request, assembly);
  }

  async run(request: RunRequest): Promise<RunOutcome> {
    this.#executionNumber += 1;
    const { trace } = request.replay ?? {};
    const { startTimeMs } = this.#language.recordsClock ? request : {};
    const clock = request.replay?.startTimeMs ?? startTimeMs;
    const order = { t: 'execute', number: this.#executionNumber, clock, trace };
    const assembly = this.#assembly(request);
    // A checkpoint's process shares the session's memory until one of the two writes to it: together
    // they could be over a limit that neither has reached.
    if (this.#seenBytes > this.#limits.memoryBytes / SHARED_PART) await this.#state.settled();
    const lost = this.#lostWhileIdle;
    this.#lostWhileIdle = undefined;
    const outcome = await this.#supervised(order, Buffer.from(request.code), request, assembly);
    outcome.memoryLost ??= lost;
    this.#seenBytes = outcome.usage.peakMemoryBytes;
    return outcome;
  }

  shell(request: CommandRequest): Promise<RunOutcome> {
    if (!this.#language.commands) return Promise.reject(pythonOnly('shell'));
    const order = {
      t: 'shell',
      command: request.code,
      folder: request.workingDirectory,
      environment: request.environment,
    };
    const assembly = this.#assembly(request);
    return this.#supervised(order, request.stdin, request, assembly);
  }

  async #supervised(
    order: { t: string; number?: number },
    payload: Uint8Array,
    request: RunRequest,
    assembly: RunAssembly,
  ): Promise<RunOutcome> {
    if (!this.#isMarked) this.#state.begin();
    this.#isMarked = false;
    const n = this.#link.nextNumber();
    const started = performance.now();
    let watching = false;
    let outOfTime = false;
    const watchTimer = setTimeout(() => {
      watching = true;
      this.#supervision.watch(this.#savepoint);
    }, WATCH_AFTER_MS);
    const hardTimer = setTimeout(
      () => {
        outOfTime = true;
        this.#supervision.end();
      },
      request.timeoutMs + TIMEOUT_GRACE_MS + OUTER_GRACE_MS,
    );
    const cancel = (): void => this.#link.send({ t: 'cancel', n });
    request.signal?.addEventListener('abort', cancel, { once: true });
    const header = {
      ...order,
      n,
      timeoutMs: request.timeoutMs,
      graceMs: TIMEOUT_GRACE_MS,
      outputBytes: this.#limits.outputBytes,
      displays: this.#limits.displays,
      filesBytes: FILES_LIMIT_BYTES,
    };
    try {
      const [done, said] = await this.#link.run(header, payload, assembly);
      const watched = watching ? await this.#supervision.unwatch() : undefined;
      return order.t === 'shell'
        ? assembly.ofCommand(done, watched)
        : assembly.ofCode(done, said, watched);
    } catch (error) {
      if (watching) void this.#supervision.unwatch();
      if (error instanceof Refusal) throw refused('start the command', error);
      if (!(error instanceof ChannelClosed)) throw error;
      return assembly.ofNobody(performance.now() - started, outOfTime);
    } finally {
      clearTimeout(watchTimer);
      clearTimeout(hardTimer);
      request.signal?.removeEventListener('abort', cancel);
    }
  }

  async spawn(
    command: string,
    folder: string,
    environment: Record<string, string>,
  ): Promise<SpawnedProcess> {
    if (!this.#language.commands) throw pythonOnly('spawn');
    const spawned = await this.#order('start the command', () =>
      spawnCommand(this.#link, { command, folder, environment }),
    );
    this.#commands += 1;
    if (this.#commands === 1) this.#supervision.watch(this.#savepoint);
    void spawned.wait().then(async () => {
      this.#commands -= 1;
      if (this.#commands === 0) await this.#supervision.unwatch();
    });
    return spawned;
  }

  async variables(): Promise<Variable[]> {
    const timer = setTimeout(() => this.#link.send({ t: 'restart', n: 0 }), VARIABLES_TIMEOUT_MS);
    // The code's own `__repr__` and `__len__` run.
    this.#supervision.watch(this.#savepoint);
    try {
      const { payload } = await this.#order('list the variables', () =>
        this.#link.order({ t: 'variables' }),
      );
      return parseVariables(payload) ?? [];
    } finally {
      clearTimeout(timer);
      void this.#supervision.unwatch();
    }
  }

  async writeFile(name: string, content: Uint8Array, sha256?: string): Promise<void> {
    const kept = sha256 !== undefined;
    await this.#order(`write '${name}'`, () =>
      this.#link.order({ t: 'write', name, kept }, content),
    );
    if (kept) this.#state.keeps(name, { sha256, sizeBytes: content.byteLength });
  }

  remember(files: readonly { name: string; sizeBytes: number; sha256: string }[]): void {
    this.#state.remember(files);
  }

  async #keepMemory(): Promise<string | undefined> {
    if (this.#supervision.savepointObstacle) return this.#supervision.savepointObstacle;
    const { message } = await this.#order('keep the memory', () =>
      this.#link.order({ t: 'savepoint' }),
    );
    this.#savepoint = message.pid ?? 0;
    return this.#savepoint > 0 ? undefined : message.reason || 'it ended';
  }

  async mark(): Promise<void> {
    this.#state.begin();
    this.#isMarked = true;
    await this.#order('look at the workspace', () => this.#link.order({ t: 'mark' }));
  }

  async rollBack(source: StateSource, hasRunCode: boolean): Promise<void> {
    this.#savepoint = 0;
    await this.#order('put back what it did', () => this.#state.rollBack(source, hasRunCode));
    this.#lostWhileIdle = undefined;
    if (hasRunCode) this.#executionNumber -= 1;
  }

  #checkpoint(sink: StateSink, timeoutMs = CHECKPOINT_TIMEOUT_MS): Capture {
    const begun = this.#state.checkpoint(sink, timeoutMs, this.#executionNumber);
    const explained = <T>(promise: Promise<T>): Promise<T> => {
      const settled = this.#order('copy the memory', () => promise);
      settled.catch(() => {}); // a caller may wait for one of the two only
      return settled;
    };
    return { captured: explained(begun.captured), done: explained(begun.done) };
  }

  async restore(
    state: SandboxState,
    source: StateSource,
    options: RestoreOptions,
  ): Promise<LostValue[]> {
    // Whatever of the code's own runs while it is unpickled.
    this.#supervision.watch(this.#savepoint);
    const timer = setTimeout(() => this.#supervision.end(), RESTORE_TIMEOUT_MS);
    this.#executionNumber = state.executionNumber;
    try {
      return await this.#order('restore the sandbox', () =>
        this.#state.restore(state, source, options),
      );
    } finally {
      clearTimeout(timer);
      void this.#supervision.unwatch();
    }
  }

  async readFile(name: string, chunk: ChunkTaker): Promise<void> {
    await this.#order(`read '${name}'`, () =>
      this.#link.order({ t: 'read', name }, undefined, chunk),
    );
  }

  async stat(name: string): Promise<FileInfo | null> {
    const { message } = await this.#order(`look at '${name}'`, () =>
      this.#link.order({ t: 'stat', name }),
    );
    return message.entry ? toFileInfo(name, message.entry) : null;
  }

  async list(name: string, recursive: boolean): Promise<FileInfo[]> {
    const { message } = await this.#order(`list '${name}'`, () =>
      this.#link.order({ t: 'list', name, recursive }),
    );
    return (message.entries ?? [])
      .map((entry) => toFileInfo(entry.name ?? '', entry))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  async makeDirectory(name: string): Promise<void> {
    await this.#order(`make '${name}'`, () => this.#link.order({ t: 'make-folder', name }));
  }

  async rename(from: string, to: string): Promise<void> {
    await this.#order(`rename '${from}'`, () => this.#link.order({ t: 'rename', name: from, to }));
  }

  async remove(name: string): Promise<boolean> {
    const { message } = await this.#order(`remove '${name}'`, () =>
      this.#link.order({ t: 'remove', name }),
    );
    return message.removed ?? false;
  }

  async end(): Promise<void> {
    this.#supervision.end();
    await this.#link.closed;
  }

  async #order<T>(what: string, order: () => Promise<T>): Promise<T> {
    try {
      return await order();
    } catch (error) {
      throw refused(what, error);
    }
  }
}
