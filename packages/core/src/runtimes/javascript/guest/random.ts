/** Randomness of an execution: all of it from one seed, which the engine keeps. */
import type { Bridge } from './bridge.js';

const STATE_BYTES = 16;
const MOST_BYTES = 65_536;
const { imul } = Math;

const rotated = (word: number, by: number): number => (word << by) | (word >>> (32 - by));

/** xoshiro128**: as fast as the language's own, and the same again from the same seed. */
class Generator {
  readonly #state: Uint32Array;

  constructor(seed: ArrayBuffer) {
    this.#state = new Uint32Array(seed);
  }

  #word(): number {
    const state = this.#state as unknown as [number, number, number, number];
    const result = imul(rotated(imul(state[1], 5), 7), 9) >>> 0;
    const shifted = state[1] << 9;
    state[2] ^= state[0];
    state[3] ^= state[1];
    state[1] ^= state[2];
    state[0] ^= state[3];
    state[2] ^= shifted;
    state[3] = rotated(state[3], 11);
    return result;
  }

  /** 53 random bits, as a number from 0 up to 1. */
  next(): number {
    return ((this.#word() >>> 5) * 67_108_864 + (this.#word() >>> 6)) / 9_007_199_254_740_992;
  }
}

export class Random {
  readonly #bridge: Bridge;
  #generator: Generator | undefined;

  constructor(bridge: Bridge) {
    this.#bridge = bridge;
  }

  /** A new execution, with a seed of its own. */
  begin(): void {
    this.#generator = undefined;
  }

  readonly number = (): number => {
    this.#generator ??= new Generator(this.#bridge.randomBytes(STATE_BYTES) as ArrayBuffer);
    return this.#generator.next();
  };

  bytes(count: number): Uint8Array<ArrayBuffer> {
    if (count === 0) return new Uint8Array();
    const bytes = this.#bridge.randomBytes(count);
    if (!bytes)
      throw new RangeError('Random bytes are a whole number, and at most 64 MiB at once.');
    return new Uint8Array(bytes);
  }
}

export function installMathRandom(random: Random): void {
  const { random: replacement } = { random: () => random.number() };
  Object.defineProperty(Math, 'random', {
    value: replacement,
    writable: true,
    configurable: true,
  });
}

function isIntegerArray(value: unknown): value is Uint8Array {
  if (!ArrayBuffer.isView(value) || value instanceof DataView) return false;
  return !(value instanceof Float32Array || value instanceof Float64Array);
}

function uuid(random: Random): string {
  const bytes = random.bytes(16);
  bytes[6] = ((bytes[6] as number) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  const parts = [
    hex.slice(0, 8),
    hex.slice(8, 12),
    hex.slice(12, 16),
    hex.slice(16, 20),
    hex.slice(20),
  ];
  return parts.join('-');
}

/** `crypto` of the web, as far as it is here. */
export function createCrypto(random: Random): object {
  return {
    getRandomValues<T>(array: T): T {
      if (!isIntegerArray(array)) throw new TypeError('The argument is an array of integers.');
      if (array.byteLength > MOST_BYTES) {
        throw new RangeError(`At most ${MOST_BYTES} random bytes are had by one call.`);
      }
      const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
      bytes.set(random.bytes(array.byteLength));
      return array;
    },
    randomUUID: () => uuid(random),
    [Symbol.toStringTag]: 'Crypto',
  };
}
