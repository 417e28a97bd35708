/** One sandbox's journal, as its engine writes it: under a lease, one execution after the other. */
import type { BeginResult, ExecutionStart, FileRecord, SandboxPatch, Store } from '@belljar/store';
import { BelljarError } from '../errors.js';
import type { ChangedFile } from '../runtimes/runtime.js';
import { fileRecord, type PlainExecution } from './execution-record.js';

/** What is written when an execution has ended. */
export interface Ended {
  execution: PlainExecution;
  files: readonly ChangedFile[];
  endTime: number;
  sandbox: SandboxPatch;
}

export class JournalWriter {
  readonly #store: Store;
  readonly #sandboxId: string;
  /** An execution that has ended and could not be written. */
  #owed: (() => Promise<unknown>) | undefined;

  constructor(store: Store, sandboxId: string) {
    this.#store = store;
    this.#sandboxId = sandboxId;
  }

  /** Writes first what could not be written before: the sandbox is as after that execution. */
  async begin(start: ExecutionStart, epoch: number): Promise<BeginResult> {
    await this.#writeOwed();
    const begun = await this.#store.beginExecution(this.#sandboxId, start, epoch);
    if (begun.created || begun.entry.status !== 'running') return begun;
    // Executions come one after the other: nothing ran this one, and it could not be taken back.
    await this.#store.abandonExecution(this.#sandboxId, start.id, epoch);
    return this.#store.beginExecution(this.#sandboxId, start, epoch);
  }

  /** Nothing ran. An entry that cannot be removed now is so when its id comes again. */
  async abandon(id: string, epoch: number): Promise<void> {
    await this.#store.abandonExecution(this.#sandboxId, id, epoch).catch(() => {});
  }

  /** Resolves when it is committed. */
  async end(ended: Ended, epoch: number): Promise<FileRecord[]> {
    try {
      return await this.#write(ended, epoch);
    } catch (error) {
      if (!isMoot(error)) this.#owed = () => this.#write(ended, epoch);
      throw error;
    }
  }

  async #write({ execution, files, endTime, sandbox }: Ended, epoch: number) {
    const { id, status } = execution;
    const records: FileRecord[] = [];
    for (const file of files) {
      const { content } = file;
      const hash = content && (await this.#store.putBlob(this.#sandboxId, content));
      records.push(fileRecord(file, hash));
    }
    const finish = { status, endTime, outcome: execution, files: records, sandbox };
    await this.#store.finishExecution(this.#sandboxId, id, finish, epoch);
    return records;
  }

  async #writeOwed(): Promise<void> {
    try {
      await this.#owed?.();
    } catch (error) {
      if (!isMoot(error)) throw error;
    }
    this.#owed = undefined;
  }
}

/** There is no journal of this engine's to write to any more. */
function isMoot(error: unknown): boolean {
  const codes: readonly string[] = ['SANDBOX_HELD', 'SANDBOX_NOT_FOUND', 'ENGINE_CLOSED'];
  return BelljarError.isInstance(error) && codes.includes(error.code);
}
