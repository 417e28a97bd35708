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
import { limitsWith, RuntimeRegistry } from './runtime-registry.js';

const REAP_EVERY_MS = 30_000;
const REAP_AT_ONCE = 100;

/** What the engine holds of a sandbox beside its record. */
export interface Resident {
  process: SandboxProcess | undefined;
  readonly order: InOrder;
  /** Why memory and files are gone, until an execution has said so. */
  lost: string | undefined;
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

  constructor(options: EngineOptions, early?: Promise<PythonLaunch>) {
    this.#options = options;
    this.store = options.store ?? createMemoryStore();
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
    this.#reaper = setInterval(() => void this.reap(), REAP_EVERY_MS).unref();
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
      record.state === 'deleting' ||
      record.expireTime <= Date.now();
    if (hidden) throw sandboxNotFound(id);
    return record;
  }

  resident(id: string): Resident {
    let resident = this.#residents.get(id);
    if (!resident) {
      resident = { process: undefined, order: new InOrder(), lost: undefined, deleted: false };
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
      resident.lost = reason;
    });
  }

  /** Ends a sandbox's processes on purpose. */
  async endProcess(id: string, lost: string | undefined): Promise<void> {
    const resident = this.resident(id);
    const live = resident.process;
    resident.process = undefined;
    if (lost !== undefined && live) resident.lost = lost;
    await live?.end();
  }

  async delete(id: string): Promise<void> {
    const resident = this.resident(id);
    resident.deleted = true;
    try {
      await this.endProcess(id, undefined);
      await this.store.deleteSandbox(id);
    } finally {
      this.#residents.delete(id);
    }
  }

  /** Deletes what has outlived its TTL. */
  async reap(): Promise<void> {
    if (this.#closing !== undefined) return;
    const expired = await this.store.expiredSandboxes(Date.now(), REAP_AT_ONCE);
    for (const record of expired) {
      // What runs now counts its time to live from its end.
      if (!this.#residents.get(record.id)?.order.busy) await this.delete(record.id);
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    clearInterval(this.#reaper);
    await this.runtimes.close();
    if (this.#ownsStore) await this.store.close();
  }
}
