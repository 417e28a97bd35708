/** Bytes of a stream, as many as are asked for. */
import { StoreError } from '../errors.js';

export function notExported(reason: string): StoreError {
  return new StoreError('STORE_CORRUPT', `This is not a sandbox as it was exported: ${reason}.`, {
    details: { reason },
  });
}

export class ByteReader {
  readonly #pieces: AsyncIterator<Uint8Array>;
  #piece: Uint8Array = new Uint8Array();

  constructor(pieces: AsyncIterable<Uint8Array>) {
    this.#pieces = pieces[Symbol.asyncIterator]();
  }

  /** True when there is no more. */
  async isAtEnd(): Promise<boolean> {
    while (this.#piece.length === 0) {
      const { done, value } = await this.#pieces.next();
      if (done) return true;
      if (!(value instanceof Uint8Array)) throw notExported('it has something else than bytes');
      this.#piece = value;
    }
    return false;
  }

  /** Some bytes, at most so many. */
  async some(most: number): Promise<Uint8Array> {
    if (await this.isAtEnd()) throw notExported('it is cut');
    const some = this.#piece.subarray(0, most);
    this.#piece = this.#piece.subarray(some.length);
    return some;
  }

  async exactly(length: number): Promise<Buffer> {
    const bytes = Buffer.allocUnsafeSlow(length);
    let offset = 0;
    while (offset < length) {
      const some = await this.some(length - offset);
      bytes.set(some, offset);
      offset += some.length;
    }
    return bytes;
  }

  /** So many bytes, in pieces. */
  async *through(length: number): AsyncGenerator<Uint8Array> {
    let left = length;
    while (left > 0) {
      const some = await this.some(left);
      left -= some.length;
      yield some;
    }
  }

  async close(): Promise<void> {
    await this.#pieces.return?.();
  }
}
