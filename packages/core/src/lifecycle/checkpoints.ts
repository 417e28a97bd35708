/** One sandbox's checkpoints: when one is taken, and which are kept. */
import { randomUUID } from 'node:crypto';
import type { CheckpointRecord, Store } from '@belljar/store';
import { BelljarError } from '../errors.js';
import {
  CHECKPOINT_AFTER_MS,
  CHECKPOINT_IDLE_MS,
  CHECKPOINT_RETRY_MOST_MS,
  CHECKPOINT_RETRY_MS,
} from '../limits.js';
import type { SandboxProcess } from '../runtimes/runtime.js';
import type { SandboxState } from '../runtimes/sandbox-state.js';
import { BlobSink } from './blob-sink.js';
import { blobsOf, keepManifest } from './checkpoint-manifest.js';
import { superfluous } from './checkpoint-thinning.js';
import type { Turnstile } from './in-order.js';
import type { Resident } from './resident.js';

export interface CheckpointSettings {
  store: Store;
  /** Checkpoints of the whole engine that are taken at the same time. */
  turnstile: Turnstile;
  /** So many of each sandbox. */
  kept: number;
  /** Of the lease under which its process runs. */
  epochOf(sandboxId: string): number | undefined;
  warn(code: string, message: string): void;
}

/** What a process was restored from. */
export interface CheckpointBase {
  id: string;
  state: SandboxState;
}

export class Checkpoints {
  readonly #settings: CheckpointSettings;
  readonly #resident: Resident;
  /** Content of the process's newest checkpoint, which need not be sent again. */
  #known: ReadonlySet<string> = new Set();
  /** What the process is as, while it is not changed. */
  #newestId: string | undefined;
  #changed = false;
  /** The last one failed. */
  #isAnew = false;
  /** Commands of `spawn()` that have ended since the newest one: what they did is in no journal. */
  #unjournalled = 0;
  #costMs = 0;
  #failures = 0;
  /** Of the memory in the newest one. */
  sizeBytes = 0;
  #isAsked = false;
  #committed: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(settings: CheckpointSettings, resident: Resident) {
    this.#settings = settings;
    this.#resident = resident;
  }

  /** Of another process: what it was restored from, and whether it is not as that any more. */
  begin(base: CheckpointBase | undefined, isChanged: boolean): void {
    this.#known = base ? blobsOf(base.state) : new Set();
    this.#newestId = base?.id;
    this.#changed = false;
    this.#unjournalled = 0;
    this.#costMs = 0;
    this.#failures = 0;
    this.#isAnew = false;
    if (isChanged) this.changed(0);
  }

  /** The process is not as it was any more; it took so long to make it so. */
  changed(costMs: number): void {
    this.#changed = true;
    this.#costMs += costMs;
    if (!this.isBehind || this.#failures > 0) return;
    if (this.#costMs > CHECKPOINT_AFTER_MS) this.#ask();
    else if (this.#timer) this.#timer.refresh();
    else this.#schedule(CHECKPOINT_IDLE_MS);
  }

  /** A command of `spawn()` has ended. */
  changedByCommand(): void {
    this.#unjournalled += 1;
    this.changed(0);
  }

  /** There is a process, and what it is as is in no checkpoint; the journal is whole. */
  get isBehind(): boolean {
    const { process, journal } = this.#resident;
    return this.#isChanged && process?.checkpoint !== undefined && !journal.isOwing;
  }

  /** What a command does while it runs is not told. */
  get #isChanged(): boolean {
    return this.#changed || this.#resident.hasCommands;
  }

  /** In the sandbox's turn, before something that may be rolled back: so that it is put back to now. */
  async keepUnjournalled(): Promise<void> {
    if (this.#unjournalled === 0) return;
    // To its end: an execution that ends the interpreter ends what is on its way too.
    await this.#committed?.catch(() => {});
    if (this.#unjournalled > 0 && this.isBehind) await this.take().catch(() => {}); // a warning says it
  }

  /** In the sandbox's turn. Resolves to the id of a checkpoint that the process is as. */
  async take(): Promise<string> {
    await this.#committed?.catch(() => {});
    if (this.#isChanged || this.#newestId === undefined) await this.#begin().committed;
    if (this.#newestId !== undefined) return this.#newestId;
    throw new BelljarError('RUNTIME_UNAVAILABLE', 'The sandbox ended while it was copied.', {
      suggestion: 'Try again.',
    });
  }

  /** Resolves when none is on its way any more; none begins by itself. */
  async settled(): Promise<void> {
    this.#cancelTimer();
    await this.#committed?.catch(() => {});
  }

  #schedule(delayMs: number): void {
    this.#cancelTimer();
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      if (!this.isBehind) return;
      if (this.#resident.order.busy) this.#schedule(CHECKPOINT_IDLE_MS);
      else this.#ask();
    }, delayMs).unref();
  }

  #cancelTimer(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** Takes one when the sandbox's turn comes. What runs next waits until it is captured. */
  #ask(): void {
    if (this.#isAsked) return;
    this.#isAsked = true;
    this.#cancelTimer();
    void this.#resident.order.run(async () => {
      this.#isAsked = false;
      const { turnstile } = this.#settings;
      if (!this.isBehind || this.#committed !== undefined) return;
      if (!turnstile.isFree) return this.#schedule(CHECKPOINT_IDLE_MS);
      const begun = this.#begin();
      turnstile.run(() => begun.committed).catch(() => {});
      await Promise.race([begun.captured, begun.committed]).catch(() => {});
    });
  }

  #begin(): { captured: Promise<void>; committed: Promise<void> } {
    const { process, position, drafts } = this.#resident;
    if (!process?.checkpoint) throw noCheckpoints();
    this.#cancelTimer();
    const checkpointId = randomUUID();
    const sink = new BlobSink({ known: this.#known, isAnew: this.#isAnew, drafts, checkpointId });
    const costMs = this.#costMs;
    this.#changed = false;
    this.#costMs = 0;
    const { captured, done } = process.checkpoint(sink);
    const committed = this.#commit(done, { id: checkpointId, position }, process).catch(
      async (error: unknown) => {
        this.#failed(error, process, costMs);
        await sink.giveUp();
        throw error;
      },
    );
    this.#committed = committed;
    const forget = (): void => {
      if (this.#committed === committed) this.#committed = undefined;
    };
    committed.then(forget, forget);
    return { captured, committed };
  }

  async #commit(
    done: Promise<SandboxState>,
    begun: Pick<CheckpointRecord, 'id' | 'position'>,
    process: SandboxProcess,
  ): Promise<void> {
    const { store, epochOf, kept: most } = this.#settings;
    const { id } = this.#resident;
    const epoch = epochOf(id);
    const unjournalled = this.#unjournalled;
    const state = await done;
    // Without one the store would take it for that of a sandbox that nobody runs.
    if (epoch === undefined) throw noLease(id);
    const { drafts } = this.#resident;
    const put = (contents: Uint8Array[]) => drafts.put(contents, begun.id);
    const kept = await keepManifest(state, put);
    this.sizeBytes = (state.memory ?? []).reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    const checkpoint = { ...begun, createTime: Date.now(), ...kept };
    await store.addCheckpoint(id, checkpoint, epoch);
    if (this.#resident.process !== process) return;
    this.#known = blobsOf(state);
    this.#newestId = begun.id;
    this.#isAnew = false;
    this.#unjournalled -= unjournalled;
    this.#failures = 0;
    if (this.#changed) this.changed(0);
    for (const old of superfluous(await store.listCheckpoints(id), most)) {
      await store.removeCheckpoint(id, old.id, epoch);
    }
  }

  /** The journal is the truth meanwhile. */
  #failed(error: unknown, process: SandboxProcess, costMs: number): void {
    if (this.#resident.process !== process) return;
    this.#changed = true;
    this.#costMs += costMs;
    this.#known = new Set();
    this.#isAnew = true;
    const delayMs = Math.min(CHECKPOINT_RETRY_MS * 2 ** this.#failures, CHECKPOINT_RETRY_MOST_MS);
    this.#failures += 1;
    this.#schedule(delayMs);
    this.#settings.warn(
      'CHECKPOINT_FAILED',
      `A sandbox could not be checkpointed; its journal serves meanwhile: ${
        error instanceof Error ? error.message : String(error)
      }`,
    );
  }
}

const noLease = (id: string): BelljarError =>
  new BelljarError('SANDBOX_HELD', `This engine does not run the sandbox '${id}' any more.`);

export function noCheckpoints(): BelljarError {
  return new BelljarError(
    'RUNTIME_UNAVAILABLE',
    'The memory of this sandbox cannot be copied: its runtime has no checkpoints.',
    { suggestion: 'Use a Python sandbox.' },
  );
}
