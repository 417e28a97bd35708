/** Sandboxes of one language: one warden, its zygotes, and a pool of born sandboxes. */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { Socket } from 'node:net';
import { BelljarError } from '../../errors.js';
import type { IsolationReport } from '../../execution.js';
import type { SandboxLimits } from '../../limits.js';
import type { Language } from '../../sandbox.js';
import type { Runtime, SandboxProcess } from '../runtime.js';
import { KeeperLink } from './keeper-link.js';
import { KeeperProcess } from './keeper-process.js';
import type { JailLaunch } from './launch.js';
import {
  type KeeperMessage,
  parseWardenMessage,
  parseZygoteMessage,
  type WardenAnswer,
  type ZygoteMessage,
} from './messages.js';
import { SandboxPool } from './pool.js';
import type { KeptLanguage } from './supervision.js';
import { attachWarden, type WardenProcess } from './warden-process.js';

const START_TIMEOUT_MS = 30_000;
const BIRTH_TIMEOUT_MS = 30_000;
const SEED_BYTES = 16;
/** It has been said by then: this is for the engine to read it. */
const LAST_WORDS_MS = 500;

/** What differs from one language to the other. */
export interface JailedLanguage extends Omit<KeptLanguage, 'environment'> {
  language: Language;
  /** Sessions are forks of a second zygote, once that has imported its libraries. */
  preloads: boolean;
  /** What a checkpoint depends on, where Python does not say it. */
  environment?: string | undefined;
}

export const PYTHON: JailedLanguage = {
  language: 'python',
  nothing: 'pass',
  preloads: true,
  recordsClock: false,
  checkpoints: true,
  commands: true,
  abortsWithoutMemory: false,
};

export interface JailedRuntimeOptions {
  /** Default: Python. */
  language?: JailedLanguage | undefined;
  poolSize: number;
  poolLimits: SandboxLimits;
  /** No sandbox is born before the preload list is imported. */
  waitForPreload: boolean;
  /** An interpreter that says nothing for so long is ended. Default 30,000. */
  startTimeoutMs?: number | undefined;
  onWarning(code: string, message: string): void;
}

/** A sandbox from the order to be born to its end. */
interface Birth {
  id: string;
  token: Buffer;
  limits: SandboxLimits;
  seed: string;
  /** Process ids of keeper and session in the zygotes' PID namespace. */
  keeper: number;
  session: number;
  resolve(process: KeeperProcess): void;
  reject(error: unknown): void;
}

export class JailedRuntime implements Runtime {
  readonly language: Language;
  readonly #language: JailedLanguage;
  readonly #options: JailedRuntimeOptions;
  readonly #launch: JailLaunch;
  readonly #warden: WardenProcess;
  readonly #births = new Map<string, Birth>();
  readonly #links = new Map<string, KeeperLink>();
  readonly #watched = new Map<number, (answer: WardenAnswer | undefined) => void>();
  readonly #ready = Promise.withResolvers<void>();
  readonly #loaded = Promise.withResolvers<void>();
  readonly #pool: SandboxPool;
  #isLoaded = false;
  #hasBorn = false;
  #failure: BelljarError | undefined;
  #lastBirth = 0;
  #lastWatch = 0;
  #environment = '';
  #report: IsolationReport = { level: 'namespaces', layers: [], missing: [], weakened: [] };

  constructor(launch: JailLaunch, options: JailedRuntimeOptions) {
    this.#options = options;
    this.#language = options.language ?? PYTHON;
    this.language = this.#language.language;
    this.#launch = launch;
    this.#ready.promise.catch(() => {});
    this.#loaded.promise.catch(() => {});
    this.#pool = new SandboxPool(options.poolSize, (inHurry) =>
      inHurry ? this.#birth(options.poolLimits) : this.#birthForPool(),
    );
    launch.server.on('connection', (socket) => this.#accept(socket));
    launch.server.on('error', (error) => this.#fail(error));
    this.#warden = attachWarden(launch, {
      warden: (header) => {
        const answer = parseWardenMessage(header);
        this.#watched.get(answer.number)?.(answer);
        this.#watched.delete(answer.number);
      },
      bare: (header) => this.#hearZygote(parseZygoteMessage(header), false),
      loaded: (header) => this.#hearZygote(parseZygoteMessage(header), true),
      gone: (error) => this.#fail(error),
    });
    const startTimeoutMs = options.startTimeoutMs ?? START_TIMEOUT_MS;
    const timer = setTimeout(() => this.#giveUp(startTimeoutMs), startTimeoutMs);
    const stop = (): void => clearTimeout(timer);
    this.#ready.promise.then(stop, stop);
  }

  #giveUp(afterMs: number): void {
    const { child, options } = this.#launch;
    child.kill('SIGKILL');
    this.#fail(
      new BelljarError(
        'RUNTIME_UNAVAILABLE',
        `Python at '${options.interpreter}' said nothing for ${afterMs} ms.`,
        { suggestion: 'See whether it starts by hand, or name another with python.interpreter.' },
      ),
    );
  }

  #hearZygote(message: ZygoteMessage, loaded: boolean): void {
    if (message.t === 'forked' || message.t === 'session') {
      const birth = this.#births.get(message.id);
      if (birth) birth[message.t === 'forked' ? 'keeper' : 'session'] = message.pid;
    } else if (message.t === 'gone') {
      this.#links.get(message.id)?.close('its process ended');
      // What it said at its end comes over a channel of its own, and may come later.
      const ended = (): void =>
        this.#births.get(message.id)?.reject(this.#birthFailure('its process ended'));
      setTimeout(ended, LAST_WORDS_MS).unref();
    } else if (loaded) {
      this.#isLoaded = true;
      for (const name of message.skipped ?? []) {
        this.#options.onWarning(
          'PRELOAD_SKIPPED',
          `'${name}' starts threads that do not survive a fork; sandboxes import it themselves.`,
        );
      }
      this.#loaded.resolve();
      this.#pool.fill();
    } else {
      this.#learn(message);
      this.#ready.resolve();
      if (this.#language.preloads) return;
      this.#loaded.resolve();
      this.#pool.fill();
    }
  }

  environment(): string {
    return this.#environment;
  }

  #learn({ level, layers, missing, weakened, environment }: ZygoteMessage & { t: 'ready' }): void {
    this.#environment = this.#language.environment ?? environment ?? '';
    this.#report = {
      level: level ?? 'namespaces',
      layers: layers ?? [],
      missing: missing ?? [],
      weakened: (weakened ?? []).map(({ promise }) => promise),
    };
    for (const { promise, reason } of weakened ?? []) {
      this.#options.onWarning(
        'ISOLATION_WEAKENED',
        `At isolation level '${level}' '${promise}' does not hold in full: ${reason}.`,
      );
    }
  }

  #fail(cause: unknown): void {
    if (this.#failure) return;
    this.#failure = BelljarError.isInstance(cause)
      ? cause
      : new BelljarError('RUNTIME_UNAVAILABLE', 'The Python runtime failed.', { cause });
    this.#ready.reject(this.#failure);
    this.#loaded.reject(this.#failure);
    this.#pool.close();
    for (const birth of this.#births.values()) birth.reject(this.#failure);
    for (const link of this.#links.values()) link.close('the Python runtime ended');
    for (const answer of this.#watched.values()) answer(undefined);
    this.#launch.server.close();
  }

  get failure(): BelljarError | undefined {
    return this.#failure;
  }

  ready(): Promise<void> {
    return this.#ready.promise;
  }

  /** Resolves when the preload list is imported. */
  loaded(): Promise<void> {
    return this.#loaded.promise;
  }

  isolation(): IsolationReport {
    const { level, layers, missing, weakened } = this.#report;
    const copies = missing.map((one) => ({ ...one }));
    return { level, layers: [...layers], missing: copies, weakened: [...weakened] };
  }

  async acquire(limits: SandboxLimits): Promise<SandboxProcess> {
    await (this.#options.waitForPreload ? this.#loaded.promise : this.#ready.promise);
    return this.#pool.take(limits, this.#options.poolLimits) ?? (await this.#birth(limits));
  }

  /** Where one sandbox could be born, another cannot only for want of room. */
  #birthFailure(reason: string): BelljarError {
    if (this.#hasBorn) {
      return new BelljarError('ENGINE_BUSY', `There is no room for another sandbox: ${reason}.`, {
        suggestion: 'Delete some, or raise the limits on this process (ulimit -n, ulimit -u).',
      });
    }
    return new BelljarError('ISOLATION_UNAVAILABLE', `A sandbox could not be born: ${reason}.`, {
      suggestion:
        'Run the engine where user namespaces, Landlock and seccomp can be had: ' +
        '`engine.doctor()` names each layer that is missing here and its fix.',
    });
  }

  async #birthForPool(): Promise<KeeperProcess> {
    const process = await this.#birth(this.#options.poolLimits, true);
    await process.rehearse();
    return process;
  }

  #birth(limits: SandboxLimits, touched = false): Promise<KeeperProcess> {
    this.#lastBirth += 1;
    const id = `b${this.#lastBirth}`;
    const token = randomBytes(16);
    if (this.#failure) return Promise.reject(this.#failure);
    const { promise, resolve, reject } = Promise.withResolvers<KeeperProcess>();
    const fail = (): void => reject(this.#birthFailure(`no answer in ${BIRTH_TIMEOUT_MS} ms`));
    const timer = setTimeout(fail, BIRTH_TIMEOUT_MS);
    const seed = randomBytes(SEED_BYTES).toString('hex');
    this.#births.set(id, { id, token, limits, seed, keeper: 0, session: 0, resolve, reject });
    // User ids go round: at most 65,534 sandboxes of one zygote live at the same time.
    const identity = (this.#lastBirth % 65_534) + 1;
    this.#warden.bare.send({
      t: 'birth',
      id,
      token: token.toString('hex'),
      identity,
      limits,
      seed,
      preloaded: this.#isLoaded,
      // Nobody waits for a sandbox of the pool: it may take the time to copy what code writes to.
      touched,
    });
    promise.catch(() => this.#births.delete(id));
    return promise.finally(() => clearTimeout(timer));
  }

  #accept(socket: Socket): void {
    const link: KeeperLink = new KeeperLink(socket, (message) => this.#admit(link, message));
  }

  /** A connection is a sandbox's when it brings the token of a birth that is awaited. */
  #admit(link: KeeperLink, message: KeeperMessage): void {
    const birth = this.#birthOf(message);
    if (!birth) {
      link.close('it is not known');
      return;
    }
    if (message.t === 'failed') {
      birth.reject(this.#birthFailure(message.message));
      link.close('it could not be born');
      return;
    }
    this.#hasBorn = true;
    this.#links.set(birth.id, link);
    void link.closed.then(() => {
      this.#links.delete(birth.id);
      this.#births.delete(birth.id);
    });
    birth.resolve(
      new KeeperProcess(
        link,
        birth.limits,
        this.#supervise(birth, link),
        { ...this.#language, environment: this.#environment },
        birth.seed,
      ),
    );
  }

  #birthOf(message: KeeperMessage): Birth | undefined {
    if (message.t !== 'hello' && message.t !== 'failed') return undefined;
    const birth = this.#births.get(message.id);
    if (!birth || this.#links.has(message.id)) return undefined;
    const token = Buffer.from(message.token, 'hex');
    const known = token.length === birth.token.length && timingSafeEqual(token, birth.token);
    return known ? birth : undefined;
  }

  #supervise(birth: Birth, link: KeeperLink) {
    const { id, limits } = birth;
    return {
      savepointObstacle:
        this.isolation().level === 'namespaces' ? undefined : 'there is no PID namespace here',
      end: () => {
        this.#warden.bare.send({ t: 'end', id });
        if (this.#failure) link.close('the Python runtime ended');
      },
      watch: (savepoint: number) => {
        const { keeper, session } = birth;
        this.#warden.warden.send({ t: 'watch', id, keeper, session, savepoint, limits });
      },
      unwatch: () => {
        this.#lastWatch += 1;
        const number = this.#lastWatch;
        return new Promise<WardenAnswer | undefined>((resolve) => {
          if (this.#failure) return resolve(undefined);
          this.#watched.set(number, resolve);
          this.#warden.warden.send({ t: 'unwatch', id, number });
        });
      },
    };
  }

  async close(): Promise<void> {
    this.#fail(new BelljarError('ENGINE_CLOSED', 'The engine was closed.'));
    await this.#warden.end();
  }
}
