/** `crypto` of Node for the code: random bytes, digests and authentication codes. */
import { Buffer } from 'buffer/index.js';
import type { Bridge } from './bridge.js';
import type { Random } from './random.js';

type Data = string | Uint8Array | DataView;

function bytesOf(data: Data, encoding?: string): Uint8Array {
  if (typeof data === 'string') return Buffer.from(data, encoding as BufferEncoding);
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/** What is added is kept until the digest is asked for. */
class Digest {
  readonly #finish: (data: ArrayBuffer) => ArrayBuffer;
  #parts: Uint8Array[] | undefined = [];

  constructor(finish: (data: ArrayBuffer) => ArrayBuffer) {
    this.#finish = finish;
  }

  update(data: Data, encoding?: string): this {
    if (!this.#parts) throw new Error('The digest was taken already.');
    this.#parts.push(Uint8Array.from(bytesOf(data, encoding)));
    return this;
  }

  digest(encoding?: string): unknown {
    if (!this.#parts) throw new Error('The digest was taken already.');
    const whole = new Uint8Array(Buffer.concat(this.#parts));
    this.#parts = undefined;
    const bytes = Buffer.from(this.#finish(whole.buffer));
    return encoding && encoding !== 'buffer' ? bytes.toString(encoding as BufferEncoding) : bytes;
  }
}

export function createNodeCrypto(bridge: Bridge, random: Random, webcrypto: object): object {
  const begin = (algorithm: string, key: string | undefined): Digest =>
    new Digest((data) => {
      const digest = bridge.digest(String(algorithm), key, data);
      if (!digest) throw new Error('Digest method not supported');
      return digest;
    });
  const randomInt = (first: number, second?: number): number => {
    const [low, high] = second === undefined ? [0, first] : [first, second];
    if (!(high > low)) throw new RangeError('The upper bound is greater than the lower.');
    return low + Math.floor(random.number() * (high - low));
  };
  return {
    ...webcrypto,
    createHash: (algorithm: string) => begin(algorithm, undefined),
    createHmac: (algorithm: string, key: Data) =>
      begin(algorithm, Buffer.from(bytesOf(key)).toString('latin1')),
    randomBytes: (count: number) => Buffer.from(random.bytes(count)),
    randomInt,
    webcrypto,
  };
}
