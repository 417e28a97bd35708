/** What all views of one engine share: store, runtimes, live sandboxes, the clock of their TTL. */
import { randomUUID } from 'node:crypto';
import { createMemoryStore, type SandboxRecord, type Store } from '@belljar/store';
import type { DoctorReport } from '../doctor/report.js';
import type { CreateSandboxOptions, EngineOptions } from '../engine.js';
import { BelljarError } from '../errors.js';
import type { SurvivalReport } from '../execution.js';
import {
  DEFAULT_LIMITS,
  MAX_CONCURRENT_EXECUTIONS,
  MAX_TTL_MS,
  type SandboxLimits,
} from '../limits.js';
import type { PythonLaunch } from '../runtimes/python/launch.js';
import type { SandboxProcess } from '../runtimes/runtime.js';
import type { Language, SandboxInfo } from '../sandbox.js';
import { InOrder, Turnstile } from './in-order.js';
import { JournalWriter } from './journal-writer.js';
import { LeaseKeeper, leftBehind } from './lease-keeper.js';
import { limitsWith, RuntimeRegistry } from './runtime-registry.js';
import { withEngineErrors } from './store-errors.js';

const REAP_EVERY_MS = 30_000;
const REAP_AT_ONCE = 100;

const ALL = 'all variables and files';
const HELD_ELSEWHERE = 'another engine took the sandbox over';

/** What the engine holds of a sandbox beside its record. */
export interface Resident {
  process: SandboxProcess | undefined;
  readonly order: InOrder;
  readonly journal: JournalWriter;
  /** What is gone and why, until an execution has said so. */
  lost: SurvivalReport['lost'];
  deleted: boolean;
}

/** What of a record's opaque `limits` is ours. */
interface StoredLimits {
  limits: SandboxLimits;
  ttlMs: number;
}

export const storedLimits = (record: SandboxRecord): StoredLimits => record.limits as StoredLimits;

export function sandboxNotFound(id: string): BelljarError {
  return new BelljarError('SANDBOX_NOT_FOUND', `There is no sandbox '${id}'.`, {
    suggestion: 'It was deleted, its time to live is over, or it is another owner’s.',
    details: { id },
  });
}

export class EngineCore {
  readonly store: Store;
  readonly leases: LeaseKeeper;
  readonly runtimes: RuntimeRegistry;
  readonly turnstile: Turnstile;
  readonly #residents = new Map<string, Resident>();
  readonly #limits: SandboxLimits;
  readonly #maxTtlMs: number;
  readonly #warned = new Set<string>();
  readonly #onWarning: NonNullable<EngineOptions['onWarning']>;
  readonly #reaper: NodeJS.Timeout;
  readonly #ownsStore: boolean;
  readonly #options: EngineOptions;
  #closing: Promise<void> | undefined;

  /** `opened`: the engine's own store, closed with it. */
  constructor(options: EngineOptions, opened?: Store, early?: Promise<PythonLaunch>) {
    this.#options = options;
    const store = options.store ?? opened ?? createMemoryStore();
    this.store = withEngineErrors(store, (id) => this.#letGo(id));
    this.leases = new LeaseKeeper(this.store, (id) => this.#letGo(id));
    this.#ownsStore = options.store === undefined;
    this.#limits = limitsWith(DEFAULT_LIMITS, options.limits);
    this.#maxTtlMs = Math.min(options.maxTtlMs ?? MAX_TTL_MS, MAX_TTL_MS);
    this.#onWarning =
      options.onWarning ??
      (({ code, message }) => process.emitWarning(message, { type: 'BelljarWarning', code }));
    this.turnstile = new Turnstile(options.maxConcurrentExecutions ?? MAX_CONCURRENT_EXECUTIONS);
    this.runtimes = new RuntimeRegistry(
      options,
      this.#limits,
      (code, message) => this.warn(code, message),
      early,
    );
    this.#reaper = setInterval(() => {
      this.reap().catch((error: unknown) => this.warn('REAP_FAILED', String(error)));
    }, REAP_EVERY_MS).unref();
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

  assertOpen(): void {
    if (this.#closing !== undefined) {
      throw new BelljarError('ENGINE_CLOSED', 'The engine was closed.', {
        suggestion: 'Open another with createEngine().',
      });
    }
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

  newRecord(owner: string, options: CreateSandboxOptions, key: string | undefined): SandboxRecord {
    const now = Date.now();
    const ttlMs = Math.min(options.ttlMs ?? this.#maxTtlMs, this.#maxTtlMs);
    const stored: StoredLimits = { limits: this.limitsOf(options.limits), ttlMs };
    return {
      id: randomUUID(),
      kind: 'sandbox',
      owner,
      key,
      displayName: options.displayName ?? '',
      language: options.language ?? 'python',
      labels: options.labels ?? {},
      state: 'running',
      limits: stored,
      createTime: now,
      updateTime: now,
      expireTime: now + ttlMs,
      survival: null,
    };
  }

  /** The record, when it is there, alive, and this owner's. */
  async find(id: string, owner: string | undefined): Promise<SandboxRecord> {
    this.assertOpen();
    const record = await this.store.getSandbox(id);
    const hidden =
      !record ||
      (owner !== undefined && record.owner !== owner) ||
      this.#residents.get(id)?.deleted ||
      record.state === 'deleting' ||
      record.expireTime <= Date.now();
    if (hidden) throw sandboxNotFound(id);
    return record;
  }

  resident(id: string): Resident {
    let resident = this.#residents.get(id);
    if (!resident) {
      resident = {
        process: undefined,
        order: new InOrder(),
        journal: new JournalWriter(this.store, id),
        lost: [],
        deleted: false,
      };
      this.#residents.set(id, resident);
    }
    return resident;
  }

  info(record: SandboxRecord): SandboxInfo {
    const { limits } = storedLimits(record);
    return {
      id: record.id,
      owner: record.owner,
      displayName: record.displayName,
      language: record.language as Language,
      labels: record.labels,
      state: record.state,
      resident: this.#residents.get(record.id)?.process !== undefined,
      limits,
      createTime: new Date(record.createTime).toISOString(),
      updateTime: new Date(record.updateTime).toISOString(),
      expireTime: new Date(record.expireTime).toISOString(),
      survival: (record.survival as SurvivalReport | null) ?? undefined,
    };
  }

  /** A process of its own for a sandbox. */
  async acquire(language: Language, limits: SandboxLimits): Promise<SandboxProcess> {
    const runtime = await this.runtimes.get(language);
    return runtime.acquire(limits);
  }

  /** Ties a process to a sandbox. When it goes by itself, its memory and files are lost. */
  settle(id: string, live: SandboxProcess): void {
    const resident = this.resident(id);
    resident.process = live;
    void live.gone.then((reason) => {
      if (resident.process !== live) return;
      resident.process = undefined;
      resident.lost = [{ name: ALL, reason }];
    });
  }

  /**
   * Takes the lease of a sandbox, where this engine has not got it yet, and resolves to its epoch.
   * What its former engine had is lost, and so is what this one had before that.
   */
  async hold(id: string): Promise<number> {
    const known = this.leases.epochOf(id);
    if (known !== undefined) return known;
    try {
      const { lease, previous } = await this.leases.acquire(id);
      if (previous && previous.owner.id !== this.leases.owner.id) {
        await this.endProcess(id, undefined);
        this.resident(id).lost = leftBehind(previous);
      }
      return lease.epoch;
    } catch (error) {
      if (BelljarError.isInstance(error) && error.code === 'SANDBOX_HELD') {
        await this.endProcess(id, HELD_ELSEWHERE);
      }
      throw error;
    }
  }

  /** Another engine has it: what this one has of it is old. */
  #letGo(id: string): void {
    this.leases.forget(id);
    void this.endProcess(id, HELD_ELSEWHERE).catch(() => {});
  }

  /** Ends a sandbox's processes on purpose. */
  async endProcess(id: string, lost: string | undefined): Promise<void> {
    const resident = this.resident(id);
    const live = resident.process;
    resident.process = undefined;
    if (lost !== undefined && live) resident.lost = [{ name: ALL, reason: lost }];
    await live?.end();
  }

  async delete(id: string): Promise<void> {
    const resident = this.resident(id);
    resident.deleted = true;
    try {
      await this.endProcess(id, undefined);
      await this.store.deleteSandbox(id);
    } finally {
      this.leases.forget(id);
      this.#residents.delete(id);
    }
  }

  /** Deletes what has outlived its TTL, and ends what another engine deleted. */
  async reap(): Promise<void> {
    let ended: number;
    do {
      ended = 0;
      if (this.#closing !== undefined) return;
      for (const { id } of await this.store.expiredSandboxes(Date.now(), REAP_AT_ONCE)) {
        if (!(await this.#mayReap(id))) continue;
        await this.delete(id);
        ended += 1;
      }
    } while (ended > 0);
    for (const [id, { process, order }] of this.#residents) {
      if (process && !order.busy && !(await this.store.getSandbox(id))) await this.delete(id);
    }
  }

  /** What runs now counts its time to live from its end; what another engine has is its to end. */
  async #mayReap(id: string): Promise<boolean> {
    if (this.#residents.get(id)?.order.busy) return false;
    return this.leases.assertFree(id).then(
      () => true,
      () => false,
    );
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    clearInterval(this.#reaper);
    await this.runtimes.close();
    await this.leases.close();
    if (this.#ownsStore) await this.store.close();
  }
}
