/** What all views of one engine share: store, runtimes, sandboxes in memory, the clock of their TTL. */
import { totalmem } from 'node:os';
import { createMemoryStore, type SandboxRecord, type Store } from '@belljar/store';
import type { DoctorReport } from '../doctor/report.js';
import type { CreateSandboxOptions, EngineOptions } from '../engine.js';
import { BelljarError } from '../errors.js';
import {
  CHECKPOINTS_AT_ONCE,
  CHECKPOINTS_KEPT,
  CHECKPOINTS_KEPT_IN_MEMORY,
  CLOSE_CHECKPOINTS_MS,
  DEFAULT_LIMITS,
  defaultConcurrentExecutions,
  IDLE_TIMEOUT_MS,
  MAX_QUEUED_EXECUTIONS,
  MAX_TTL_MS,
  MEMORY_BUDGET_SHARE,
  type SandboxLimits,
} from '../limits.js';
import type { JailLaunch } from '../runtimes/jailed/launch.js';
import type { SandboxProcess } from '../runtimes/runtime.js';
import type { Language, SandboxInfo } from '../sandbox.js';
import type { CheckpointSettings } from './checkpoints.js';
import { Hibernation } from './hibernation.js';
import { Turnstile } from './in-order.js';
import { LeaseKeeper } from './lease-keeper.js';
import { LeaseRequests } from './lease-requests.js';
import { PieceCache } from './piece-cache.js';
import { Reaper } from './reaper.js';
import { Residents } from './residents.js';
import { limitsWith, RuntimeRegistry } from './runtime-registry.js';
import {
  newRecord,
  sandboxInfo,
  sandboxNotFound,
  storedLimits,
  storedSavepoints,
} from './sandbox-records.js';
import { withEngineErrors } from './store-errors.js';
import { WaitingLine } from './waiting-line.js';
import { within } from './within.js';

export class EngineCore {
  readonly store: Store;
  readonly leases: LeaseKeeper;
  readonly runtimes: RuntimeRegistry;
  readonly residents: Residents;
  readonly hibernation: Hibernation;
  readonly reaper: Reaper;
  readonly leaseRequests: LeaseRequests;
  readonly turnstile: Turnstile;
  readonly waitingLine: WaitingLine;
  readonly pieces = new PieceCache();
  readonly checkpointSettings: CheckpointSettings;
  /** An execution is answered when its checkpoint is committed. */
  readonly checkpointsFirst: boolean;
  /** Names where its sandboxes are kept. */
  readonly location: string | undefined;
  readonly #limits: SandboxLimits;
  readonly #maxTtlMs: number;
  readonly #warned = new Set<string>();
  readonly #onWarning: NonNullable<EngineOptions['onWarning']>;
  readonly #ownsStore: boolean;
  readonly #options: EngineOptions;
  #closing: Promise<void> | undefined;

  /** `opened`: the engine's own store, closed with it. */
  constructor(options: EngineOptions, opened?: Store, early?: Promise<JailLaunch>) {
    this.#options = options;
    const store = options.store ?? opened ?? createMemoryStore();
    this.store = withEngineErrors(store, (id) => this.residents.letGo(id));
    this.leases = new LeaseKeeper(this.store, (id) => this.residents.letGo(id));
    this.location = options.location;
    this.#ownsStore = options.store === undefined;
    this.#limits = limitsWith(DEFAULT_LIMITS, options.limits);
    this.#maxTtlMs = options.maxTtlMs ?? MAX_TTL_MS;
    this.#onWarning =
      options.onWarning ??
      (({ code, message }) => process.emitWarning(message, { type: 'BelljarWarning', code }));
    const places = options.maxConcurrentExecutions ?? defaultConcurrentExecutions();
    this.turnstile = new Turnstile(places);
    this.waitingLine = new WaitingLine(
      places,
      options.maxQueuedExecutions ?? MAX_QUEUED_EXECUTIONS,
    );
    const warn = (code: string, message: string): void => this.warn(code, message);
    this.runtimes = new RuntimeRegistry(options, this.#limits, warn, early);
    this.checkpointsFirst = options.durability === 'checkpoint';
    this.checkpointSettings = {
      store: this.store,
      turnstile: new Turnstile(CHECKPOINTS_AT_ONCE),
      kept: store.capabilities.durable ? CHECKPOINTS_KEPT : CHECKPOINTS_KEPT_IN_MEMORY,
      epochOf: (id) => this.leases.lastEpochOf(id),
      warn: (code, message) => {
        if (this.#closing === undefined) this.warn(code, message);
      },
    };
    this.residents = new Residents(this);
    this.hibernation = new Hibernation(this, {
      idleTimeoutMs: options.idleTimeoutMs ?? IDLE_TIMEOUT_MS,
      memoryBudgetBytes: options.memoryBudgetBytes ?? totalmem() * MEMORY_BUDGET_SHARE,
    });
    this.reaper = new Reaper(this);
    this.leaseRequests = new LeaseRequests(this);
  }

  /** Each warning is given once. */
  warn(code: string, message: string): void {
    if (this.#warned.has(code + message)) return;
    this.#warned.add(code + message);
    try {
      this.#onWarning({ code, message });
    } catch (error) {
      process.emitWarning(`onWarning threw: ${String(error)}`, 'BelljarWarning');
    }
  }

  get isClosed(): boolean {
    return this.#closing !== undefined;
  }

  assertOpen(): void {
    if (!this.isClosed) return;
    throw new BelljarError('ENGINE_CLOSED', 'The engine was closed.', {
      suggestion: 'Open another with createEngine().',
    });
  }

  /** What this machine can enforce for an engine of these options. */
  async examine(): Promise<DoctorReport> {
    // Few engines are asked: the others start without it.
    const { examine } = await import('../doctor/examine.js');
    return examine(this.#options);
  }

  limitsOf(asked: Partial<SandboxLimits> | undefined): SandboxLimits {
    return limitsWith(this.#limits, asked);
  }

  /** Refuses more than the engine allows. */
  ttlOf(asked: number | undefined): number {
    if (asked === undefined || asked <= this.#maxTtlMs) return asked ?? this.#maxTtlMs;
    throw new BelljarError(
      'INVALID_ARGUMENT',
      `A time to live of ${asked} ms is more than this engine's ${this.#maxTtlMs} ms.`,
      {
        suggestion: 'Ask for less, or raise createEngine({ maxTtlMs }).',
        details: { ttlMs: asked, maxTtlMs: this.#maxTtlMs },
      },
    );
  }

  /** What was kept longer elsewhere lives as long as it may here. */
  mostTtlOf(ttlMs: number): number {
    return Math.min(ttlMs, this.#maxTtlMs);
  }

  /** A sandbox of another location neither runs here nor is copied. */
  assertHere(record: SandboxRecord): void {
    const { location } = storedLimits(record);
    if (location === this.location) return;
    const name = (one: string | undefined): string => (one === undefined ? 'no name' : `'${one}'`);
    throw new BelljarError(
      'RUNTIME_UNAVAILABLE',
      `The sandbox '${record.id}' belongs to the location of ${name(location)}; this engine's has ${name(this.location)}.`,
      {
        suggestion: 'Use an engine of createEngine({ location }) with that name.',
        details: { id: record.id, location },
      },
    );
  }

  newRecord(owner: string, options: CreateSandboxOptions, key: string | undefined): SandboxRecord {
    const limits = this.limitsOf(options.limits);
    const ttlMs = this.ttlOf(options.ttlMs);
    const language = options.language ?? 'python';
    const { location } = this;
    const savepoints = storedSavepoints(options);
    const content = { owner, key, language, limits, ttlMs, location, savepoints };
    return newRecord('sandbox', content, options);
  }

  /** The record, when it is there, alive, and this owner's. */
  async find(
    id: string,
    owner: string | undefined,
    kind: SandboxRecord['kind'] = 'sandbox',
  ): Promise<SandboxRecord> {
    this.assertOpen();
    const record = await this.store.getSandbox(id);
    const resident = this.residents.find(id);
    const isHidden =
      !record ||
      record.kind !== kind ||
      (owner !== undefined && record.owner !== owner) ||
      resident?.deleted ||
      record.state === 'deleting' ||
      (record.expireTime <= Date.now() && !resident?.isRunning);
    if (isHidden) throw sandboxNotFound(id);
    return record;
  }

  info(record: SandboxRecord): SandboxInfo {
    return sandboxInfo(record, this.residents.find(record.id)?.process !== undefined);
  }

  /** A process of its own for a sandbox. */
  async acquire(language: Language, limits: SandboxLimits): Promise<SandboxProcess> {
    const runtime = await this.runtimes.get(language);
    return runtime.acquire(limits);
  }

  /** What a checkpoint must come from to be restored here. */
  async environmentOf(language: Language): Promise<string> {
    return (await this.runtimes.get(language)).environment();
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.reaper.close();
    this.leaseRequests.close();
    await within(CLOSE_CHECKPOINTS_MS, this.hibernation.checkpointAll());
    await this.runtimes.close();
    await this.leases.close();
    if (this.#ownsStore) await this.store.close();
  }
}
