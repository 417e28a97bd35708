/**
 * Content that several sandboxes of one engine are restored from at about the same time, such as the
 * forks of one: it is read and decrypted once. Only what a sandbox's own checkpoint names is asked for.
 */
import type { StatePiece } from '../runtimes/sandbox-state.js';

const MOST_BYTES = 64 * 1024 * 1024;
/** Nothing of it stays in memory for longer than the restores that need it. */
const KEPT_MS = 2_000;

export class PieceCache {
  readonly #recent = new Map<string, { content: Promise<Uint8Array>; sizeBytes: number }>();
  #bytes = 0;
  #timer: NodeJS.Timeout | undefined;

  get(piece: StatePiece, read: () => Promise<Uint8Array>): Promise<Uint8Array> {
    const { sha256, sizeBytes } = piece;
    const known = this.#recent.get(sha256);
    if (known) return known.content;
    const content = read();
    this.#recent.set(sha256, { content, sizeBytes });
    content.catch(() => this.#forget(sha256));
    this.#bytes += sizeBytes;
    for (const oldest of this.#recent.keys()) {
      if (this.#bytes <= MOST_BYTES) break;
      this.#forget(oldest);
    }
    this.#timer ??= setTimeout(() => this.#clear(), KEPT_MS).unref();
    return content;
  }

  #forget(sha256: string): void {
    this.#bytes -= this.#recent.get(sha256)?.sizeBytes ?? 0;
    this.#recent.delete(sha256);
  }

  #clear(): void {
    this.#timer = undefined;
    this.#recent.clear();
    this.#bytes = 0;
  }
}
