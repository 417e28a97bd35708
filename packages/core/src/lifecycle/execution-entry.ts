/**
 * The place of one execution in its sandbox's journal: taken before it runs where its caller named it,
 * and else when it has run for a moment, or when it has ended.
 */
import type { ExecutionRecord, ExecutionStart } from '@belljar/store';
import { JOURNAL_AFTER_MS } from '../limits.js';
import type { Ended, JournalWriter, Recorded } from './journal-writer.js';

export class ExecutionEntry {
  readonly id: string;
  readonly startTimeMs: number;
  readonly #journal: JournalWriter;
  readonly #start: ExecutionStart;
  readonly #epoch: number;
  #begun: Promise<ExecutionRecord> | undefined;
  readonly #timer: NodeJS.Timeout | undefined;

  /** `begun`: it is in the journal already. Else its id was just made, and nobody else can claim it. */
  constructor(
    journal: JournalWriter,
    start: ExecutionStart,
    epoch: number,
    begun: ExecutionRecord | undefined,
  ) {
    this.id = start.id;
    this.startTimeMs = start.startTime;
    this.#journal = journal;
    this.#start = start;
    this.#epoch = epoch;
    if (begun) this.#begun = Promise.resolve(begun);
    else this.#timer = setTimeout(() => this.#begin(), JOURNAL_AFTER_MS);
  }

  #begin(): void {
    this.#begun = this.#journal.begin(this.#start, this.#epoch).then(({ entry }) => entry);
    this.#begun.catch(() => {}); // said when it has run
  }

  /**
   * It runs no more. Resolves to its position; undefined when it is not in the journal yet. Rejects when
   * it could not be begun.
   */
  async settled(): Promise<number | undefined> {
    clearTimeout(this.#timer);
    return (await this.#begun)?.position;
  }

  /** Resolves when it is committed. When that fails, one that was begun is owed, another is not. */
  async end(ended: Ended): Promise<Recorded> {
    if (this.#begun === undefined) return this.#journal.record(this.#start, ended, this.#epoch);
    const { position } = await this.#begun;
    return { position, files: await this.#journal.end(ended, this.#epoch) };
  }

  /** Nothing ran. */
  async abandon(): Promise<void> {
    if (this.#begun !== undefined) await this.#journal.abandon(this.id, this.#epoch);
  }
}
