/** Content that one sandbox's engine puts for an entry or a checkpoint that is not committed yet. */
import type { Store } from '@belljar/store';

export class Drafts {
  readonly #store: Store;
  readonly #sandboxId: string;
  /** Those that the store could not let go of yet. */
  readonly #givenUp = new Set<string>();
  #releasing: Promise<void> = Promise.resolve();

  constructor(store: Store, sandboxId: string) {
    this.#store = store;
    this.#sandboxId = sandboxId;
  }

  /** Resolves to the hashes of the contents. `draft`: the id of what is to point to them. */
  async put(contents: readonly Uint8Array[], draft: string): Promise<string[]> {
    this.#givenUp.delete(draft);
    await this.#letGo();
    return this.#store.putBlobs(this.#sandboxId, contents, draft);
  }

  /**
   * Nothing will point to what was put for this draft, and nothing is being put for it any more: the
   * disk has its room back. Where the store cannot write now, before something else is put.
   */
  async release(draft: string): Promise<void> {
    this.#givenUp.add(draft);
    await this.#letGo();
  }

  #letGo(): Promise<void> {
    this.#releasing = this.#releasing.then(async () => {
      for (const draft of this.#givenUp) {
        try {
          await this.#store.releaseBlobs(this.#sandboxId, draft);
        } catch {
          return;
        }
        this.#givenUp.delete(draft);
      }
    });
    return this.#releasing;
  }
}
