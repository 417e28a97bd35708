/** The random bytes of an execution: a stream that its seed begins, the same again from the same. */
import { type Cipheriv, createCipheriv, createHash } from 'node:crypto';

const MOST_BYTES = 67_108_864;

export class Randomness {
  readonly #stream: Cipheriv;

  constructor(seed: string) {
    const key = createHash('sha256').update(seed).digest();
    this.#stream = createCipheriv('aes-256-ctr', key, Buffer.alloc(16));
  }

  /** Undefined for more than 64 MiB at once. */
  bytes(count: number): ArrayBuffer | undefined {
    if (!Number.isInteger(count) || count < 0 || count > MOST_BYTES) return undefined;
    return new Uint8Array(this.#stream.update(new Uint8Array(count))).buffer;
  }
}
