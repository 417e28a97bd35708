/** What one engine holds of one sandbox beside its record. */
import type { SurvivalReport } from '../execution.js';
import type { SandboxProcess } from '../runtimes/runtime.js';
import type { SpawnedProcess } from '../sandbox.js';
import { type CheckpointSettings, Checkpoints } from './checkpoints.js';
import { Drafts } from './drafts.js';
import { InOrder } from './in-order.js';
import { JournalWriter } from './journal-writer.js';
import { Savepoints } from './savepoints.js';
import { joinSurvival } from './survival.js';

export class Resident {
  readonly id: string;
  readonly order = new InOrder();
  readonly drafts: Drafts;
  readonly journal: JournalWriter;
  readonly checkpoints: Checkpoints;
  readonly savepoints = new Savepoints();
  process: SandboxProcess | undefined;
  /** Of the entry of the journal that the process is as after. */
  position = 0;
  deleted = false;
  /** An execution has begun and not ended. */
  running = false;
  /** When its last call ended, in ms of the process's own clock. */
  lastUse = 0;
  /** What it held after its last execution. */
  memoryBytes = 0;
  idleTimer: NodeJS.Timeout | undefined;
  #survival: SurvivalReport | undefined;
  readonly #commands = new Map<SpawnedProcess, string>();

  constructor(settings: CheckpointSettings, id: string) {
    this.id = id;
    this.drafts = new Drafts(settings.store, id);
    this.journal = new JournalWriter(settings.store, id, this.drafts);
    this.checkpoints = new Checkpoints(settings, this);
  }

  /** Commands of `spawn()` run beside the executions. */
  get hasCommands(): boolean {
    return this.#commands.size > 0;
  }

  /** Code or a command runs now: it does not expire. */
  get isRunning(): boolean {
    return this.running || this.hasCommands;
  }

  /** Something runs or waits in it: it stays in memory. */
  get isInUse(): boolean {
    return this.order.busy || this.isRunning;
  }

  /** Kept until an execution says it. */
  tell(survival: SurvivalReport | undefined): void {
    this.#survival = joinSurvival(this.#survival, survival);
  }

  takeSurvival(): SurvivalReport | undefined {
    const survival = this.#survival;
    this.#survival = undefined;
    return survival;
  }

  /** `ended` is called when it has ended by itself. */
  addCommand(command: string, spawned: SpawnedProcess, ended: () => void): void {
    this.#commands.set(spawned, command);
    const forget = (): void => {
      if (this.#commands.delete(spawned)) ended();
    };
    spawned.wait().then(forget, forget);
  }

  /** The process has gone, and with it the commands that ran beside the executions. */
  processEnded(): void {
    this.process = undefined;
    this.savepoints.processEnded();
    this.journal.forgetOwed();
    this.checkpoints.begin(undefined, false);
    const reason = 'it was started by spawn() and ended with the processes of its sandbox';
    const lost = [...this.#commands.values()].map((name) => ({ name, type: 'process', reason }));
    this.#commands.clear();
    if (lost.length > 0) this.tell({ lost, diverged: [], notes: [] });
  }
}
