/** Keeps the content of a checkpoint: what comes while a commit is under way shares the next one. */
import type { StateSink } from '../runtimes/sandbox-state.js';
import type { Drafts } from './drafts.js';

interface Waiting {
  content: Uint8Array;
  kept: PromiseWithResolvers<string>;
}

export interface BlobSinkSettings extends Pick<StateSink, 'known' | 'isAnew'> {
  drafts: Drafts;
  checkpointId: string;
}

export class BlobSink implements StateSink {
  readonly known: ReadonlySet<string>;
  readonly isAnew: boolean;
  readonly #drafts: Drafts;
  readonly #checkpointId: string;
  #waiting: Waiting[] = [];
  #writing: Promise<void> | undefined;
  #isGivenUp = false;

  constructor({ known, isAnew, drafts, checkpointId }: BlobSinkSettings) {
    this.known = known;
    this.isAnew = isAnew;
    this.#drafts = drafts;
    this.#checkpointId = checkpointId;
  }

  put(content: Uint8Array): Promise<string> {
    if (this.#isGivenUp) return Promise.reject(givenUp());
    const kept = Promise.withResolvers<string>();
    this.#waiting.push({ content, kept });
    this.#writing ??= this.#write();
    return kept.promise;
  }

  /** The checkpoint failed: what it put so far goes, and nothing more is put. */
  async giveUp(): Promise<void> {
    this.#isGivenUp = true;
    await this.#writing;
    await this.#drafts.release(this.#checkpointId);
  }

  async #write(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting;
      this.#waiting = [];
      try {
        if (this.#isGivenUp) throw givenUp();
        const contents = batch.map(({ content }) => content);
        const hashes = await this.#drafts.put(contents, this.#checkpointId);
        for (const [index, { kept }] of batch.entries()) kept.resolve(hashes[index] as string);
      } catch (error) {
        for (const { kept } of batch) kept.reject(error);
      }
    }
    this.#writing = undefined;
  }
}

const givenUp = (): Error => new Error('the checkpoint was given up');
