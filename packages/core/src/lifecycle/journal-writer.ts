/** One sandbox's journal, as its engine writes it: under a lease, one execution after the other. */
import type {
  BeginResult,
  ExecutionFinish,
  ExecutionStart,
  FileRecord,
  SandboxPatch,
  Store,
} from '@belljar/store';
import { BelljarError } from '../errors.js';
import type { ChangedFile } from '../runtimes/runtime.js';
import type { Drafts } from './drafts.js';
import { fileRecord, type PlainExecution } from './execution-record.js';
import type { NamedContent } from './file-content.js';
import { type Input, inputRecord } from './request.js';

/** What is written when an execution has ended. */
export interface Ended {
  execution: PlainExecution;
  files: readonly ChangedFile[];
  inputs: readonly Input[];
  endTime: number;
  sandbox: SandboxPatch;
}

/** What stands in the journal of what has ended. */
export interface Recorded {
  position: number;
  files: FileRecord[];
}

/** What has ended and could not be written. */
interface Owed {
  id: string;
  write(): Promise<unknown>;
}

export class JournalWriter {
  readonly #store: Store;
  readonly #sandboxId: string;
  readonly #drafts: Drafts;
  #owed: Owed | undefined;

  constructor(store: Store, sandboxId: string, drafts: Drafts) {
    this.#store = store;
    this.#sandboxId = sandboxId;
    this.#drafts = drafts;
  }

  /** The process is ahead of the journal. */
  get isOwing(): boolean {
    return this.#owed !== undefined;
  }

  /** The process that it was done in is gone: it is as if it had never run. */
  forgetOwed(): void {
    const owed = this.#owed;
    this.#owed = undefined;
    if (owed) void this.#drafts.release(owed.id);
  }

  /**
   * Does what comes to an entry of this id. When it fails, content that was put for the entry goes,
   * unless the entry is owed.
   */
  async whole<T>(id: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (this.#owed?.id !== id) await this.#drafts.release(id);
      throw error;
    }
  }

  /** Keeps content that the entry of this id is to point to. */
  async keepInputs(id: string, contents: readonly NamedContent[]): Promise<Input[]> {
    if (contents.length === 0) return [];
    const bytes = contents.map(({ content }) => content);
    const hashes = await this.#drafts.put(bytes, id);
    return contents.map(({ name, content }, index) => {
      return { name, content, sizeBytes: content.byteLength, sha256: hashes[index] as string };
    });
  }

  /** Writes first what could not be written before: the sandbox is as after that execution. */
  async begin(start: ExecutionStart, epoch: number): Promise<BeginResult> {
    await this.writeOwed();
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

  /** What was begun. Resolves when it is committed. */
  end(ended: Ended, epoch: number): Promise<FileRecord[]> {
    const { id } = ended.execution;
    return this.#orOwed(id, async () => {
      const finish = await this.#finish(ended);
      await this.#store.finishExecution(this.#sandboxId, id, finish, epoch);
      return finish.files;
    });
  }

  /** Begins and ends it in one commit. It is not owed when that fails: it is to be undone. */
  async record(start: ExecutionStart, ended: Ended, epoch: number): Promise<Recorded> {
    const finish = await this.#finish(ended);
    const whole = { ...start, ...finish };
    const { entry } = await this.#store.appendExecution(this.#sandboxId, whole, epoch);
    return { position: entry.position, files: finish.files };
  }

  /** What is journalled once it is done, after `writeOwed`. */
  append(entry: ExecutionStart & ExecutionFinish, epoch: number): Promise<BeginResult> {
    const write = () => this.#store.appendExecution(this.#sandboxId, entry, epoch);
    return this.#orOwed(entry.id, write);
  }

  async #orOwed<T>(id: string, write: () => Promise<T>): Promise<T> {
    try {
      return await write();
    } catch (error) {
      if (!isMoot(error)) this.#owed = { id, write };
      throw error;
    }
  }

  /** Puts the content of its files. */
  async #finish({ execution, files, inputs, endTime, sandbox }: Ended): Promise<ExecutionFinish> {
    const { id, status } = execution;
    const contents = files.flatMap(({ content }) => (content ? [content] : []));
    const hashes = contents.length > 0 ? await this.#drafts.put(contents, id) : [];
    const records = files.map((file) => fileRecord(file, file.content && hashes.shift()));
    return {
      status,
      endTime,
      outcome: execution,
      files: records,
      inputs: inputs.map(inputRecord),
      sandbox,
    };
  }

  /** What could not be written before. Nothing else is done in the sandbox before that. */
  async writeOwed(): Promise<void> {
    const owed = this.#owed;
    if (!owed) return;
    try {
      await owed.write();
    } catch (error) {
      if (!isMoot(error)) throw error;
      await this.#drafts.release(owed.id);
    }
    this.#owed = undefined;
  }
}

/** There is no journal of this engine's to write to any more. */
function isMoot(error: unknown): boolean {
  const codes: readonly string[] = ['SANDBOX_HELD', 'SANDBOX_NOT_FOUND', 'ENGINE_CLOSED'];
  return BelljarError.isInstance(error) && codes.includes(error.code);
}
