/** Digests for the guest's `crypto`, by Node's own. */
import { createHash, createHmac, getHashes } from 'node:crypto';
import type { Crossing } from './bridge.js';

const KNOWN = new Set(getHashes());

/** `key`: each character a byte. Undefined where there is no such algorithm. */
export function digest(algorithm: Crossing, key: Crossing, data: Crossing): Crossing {
  if (typeof algorithm !== 'string' || !(data instanceof ArrayBuffer)) return undefined;
  const name = [algorithm, algorithm.toLowerCase()].find((one) => KNOWN.has(one));
  if (name === undefined) return undefined;
  const hash =
    typeof key === 'string' ? createHmac(name, Buffer.from(key, 'latin1')) : createHash(name);
  return new Uint8Array(hash.update(new Uint8Array(data)).digest()).buffer;
}
