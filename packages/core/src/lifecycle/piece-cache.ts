/**
 * Content that several sandboxes of one engine are restored from at about the same time, such as the
 * forks of one: it is read and decrypted once. Only what a sandbox's own checkpoint names is asked for.
 *
 * Its memory is given back as soon as nobody needs it. Left to the garbage collector, 200 MB that go by
 * make it run again and again, and take longer than all else that is done with them.
 */
import { giveBack } from '../give-back.js';
import type { StatePiece } from '../runtimes/sandbox-state.js';

const MOST_BYTES = 16 * 1024 * 1024;
/** Nothing of it stays in memory for longer than the restores that need it. */
const KEPT_MS = 2_000;

interface Held {
  content: Promise<Uint8Array>;
  sizeBytes: number;
  /** How many have it and are not done with it. */
  users: number;
  /** For others that may come. */
  isKept: boolean;
}

export class PieceCache {
  readonly #held = new Map<string, Held>();
  #keptBytes = 0;
  #timer: NodeJS.Timeout | undefined;

  /** `read` gives memory that is this cache's alone. The content is there until `done`. */
  get({ sha256, sizeBytes }: StatePiece, read: () => Promise<Uint8Array>): Promise<Uint8Array> {
    const known = this.#held.get(sha256);
    if (known) {
      known.users += 1;
      return known.content;
    }
    const held = { content: read(), sizeBytes, users: 1, isKept: true };
    this.#held.set(sha256, held);
    held.content.catch(() => this.#forget(sha256, held));
    this.#keptBytes += sizeBytes;
    for (const [name, oldest] of this.#held) {
      if (this.#keptBytes <= MOST_BYTES) break;
      this.#forget(name, oldest);
    }
    this.#timer ??= setTimeout(() => this.#forgetAll(), KEPT_MS).unref();
    return held.content;
  }

  /** Once for each `get`. */
  done({ sha256 }: StatePiece): void {
    const held = this.#held.get(sha256);
    if (!held) return;
    held.users -= 1;
    this.#letGo(sha256, held);
  }

  #forget(sha256: string, held: Held): void {
    if (held.isKept) this.#keptBytes -= held.sizeBytes;
    held.isKept = false;
    this.#letGo(sha256, held);
  }

  #forgetAll(): void {
    this.#timer = undefined;
    for (const [sha256, held] of this.#held) this.#forget(sha256, held);
  }

  #letGo(sha256: string, { content, users, isKept }: Held): void {
    if (users > 0 || isKept) return;
    this.#held.delete(sha256);
    content.then(giveBack, () => {});
  }
}
