/** Carries one sandbox's state out to the engine's store, and from there into a fresh process. */
import { BelljarError } from '../../errors.js';
import { exactName } from '../file-names.js';
import type {
  Capture,
  LostValue,
  RestoreOptions,
  SandboxState,
  StatePiece,
  StateSink,
  StateSource,
} from '../sandbox-state.js';
import { parseRestored } from '../session-payloads.js';
import { CaptureAssembly, UnknownContent } from './capture.js';
import type { KeeperLink } from './keeper-link.js';
import { parseNames } from './messages.js';
import { restoreMemory, restoreWorkspace, sendContent } from './restore.js';

export class StateTransfer {
  readonly #link: KeeperLink;
  readonly #environment: string;
  readonly #mostBytes: number;
  /** Content of files that the engine keeps, and that the keeper knows to be kept. */
  readonly #contents = new Map<string, StatePiece[]>();
  /** What it was when the last run began, of what was kept anew since. */
  readonly #overwritten = new Map<string, StatePiece[] | undefined>();
  #capturing: Promise<unknown> | undefined;

  /** `mostBytes`: of a memory that is sent; what the code makes of it has no other end. */
  constructor(link: KeeperLink, environment: string, mostBytes: number) {
    this.#mostBytes = mostBytes;
    this.#link = link;
    this.#environment = environment;
  }

  /** `name` as the keeper has it. */
  keeps(name: string, piece: StatePiece): void {
    if (!this.#overwritten.has(name)) this.#overwritten.set(name, this.#contents.get(name));
    this.#contents.set(name, [piece]);
  }

  /** A run begins. */
  begin(): void {
    this.#overwritten.clear();
  }

  remember(files: readonly { name: string; sizeBytes: number; sha256: string }[]): void {
    for (const { name, sizeBytes, sha256 } of files) {
      this.keeps(exactName(name), { sha256, sizeBytes });
    }
  }

  checkpoint(sink: StateSink, timeoutMs: number, executionNumber: number): Capture {
    const n = this.#link.nextNumber();
    const assembly = new CaptureAssembly({
      sink,
      contents: this.#contents,
      taken: (bytes) => this.#link.send({ t: 'state-taken', n, bytes }),
    });
    const order = {
      t: 'checkpoint',
      known: [...sink.known],
      everything: sink.isAnew,
      timeoutMs,
      mostBytes: this.#mostBytes,
    };
    const done = this.#capture(order, n, assembly, executionNumber);
    done.catch((error: unknown) => assembly.fail(error));
    const ended = done.catch(() => {});
    this.#capturing = ended;
    void ended.then(() => {
      if (this.#capturing === ended) this.#capturing = undefined;
    });
    return { captured: assembly.captured.promise, done };
  }

  /** Resolves when no checkpoint is being taken. */
  async settled(): Promise<void> {
    await this.#capturing;
  }

  async #capture(
    order: object,
    n: number,
    assembly: CaptureAssembly,
    executionNumber: number,
  ): Promise<SandboxState> {
    try {
      await this.#link.capture(order, assembly, n);
      return await assembly.whole(this.#environment, executionNumber);
    } catch (error) {
      if (!(error instanceof UnknownContent)) throw error;
      throw new BelljarError(
        'RUNTIME_UNAVAILABLE',
        `The content of '${error.message}' was not kept.`,
        { suggestion: 'The next checkpoint has it sent again.', cause: error },
      );
    }
  }

  /** Undoes the last execution. Rejects when it cannot; the process is of no use then. */
  async rollBack(source: StateSource, hasRunCode: boolean): Promise<void> {
    for (const [name, pieces] of this.#overwritten) {
      if (pieces) this.#contents.set(name, pieces);
      else this.#contents.delete(name);
    }
    const { payload } = await this.#link.order({ t: 'rollback', memory: hasRunCode });
    for (const name of parseNames(payload)) {
      const pieces = this.#contents.get(name);
      if (!pieces) throw new Error(`the content of '${name}' is not kept`);
      await sendContent(this.#link, { t: 'put-back', name }, pieces, source);
    }
    await this.#link.order({ t: 'put-back-end' });
  }

  async restore(
    state: SandboxState,
    source: StateSource,
    options: RestoreOptions,
  ): Promise<LostValue[]> {
    await restoreWorkspace(this.#link, state.workspace, source);
    for (const { name, type, pieces } of state.workspace) {
      if (type === 'file') this.#contents.set(name, pieces);
    }
    return parseRestored(await restoreMemory(this.#link, state, source, options));
  }
}
