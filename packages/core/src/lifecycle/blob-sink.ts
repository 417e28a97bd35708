/** Keeps the content of a checkpoint: what comes while a commit is under way shares the next one. */
import type { Store } from '@belljar/store';
import type { StateSink } from '../runtimes/sandbox-state.js';

interface Waiting {
  content: Uint8Array;
  kept: PromiseWithResolvers<string>;
}

export class BlobSink implements StateSink {
  readonly known: ReadonlySet<string>;
  readonly #store: Store;
  readonly #sandboxId: string;
  #waiting: Waiting[] = [];
  #isWriting = false;

  constructor(store: Store, sandboxId: string, known: ReadonlySet<string>) {
    this.known = known;
    this.#store = store;
    this.#sandboxId = sandboxId;
  }

  put(content: Uint8Array): Promise<string> {
    const kept = Promise.withResolvers<string>();
    this.#waiting.push({ content, kept });
    if (!this.#isWriting) void this.#write();
    return kept.promise;
  }

  async #write(): Promise<void> {
    this.#isWriting = true;
    while (this.#waiting.length > 0) {
      const batch = this.#waiting;
      this.#waiting = [];
      try {
        const contents = batch.map(({ content }) => content);
        const hashes = await this.#store.putBlobs(this.#sandboxId, contents);
        for (const [index, { kept }] of batch.entries()) kept.resolve(hashes[index] as string);
      } catch (error) {
        for (const { kept } of batch) kept.reject(error);
      }
    }
    this.#isWriting = false;
  }
}
