/** From one random key to the keys for each purpose, so that no key serves two. */
import { hash, hkdfSync, randomBytes } from 'node:crypto';

export const KEY_BYTES = 32;

export const newKey = (): Buffer => randomBytes(KEY_BYTES);

/** Keys for so many purposes. `what` is what the key is of. */
export function keyParts(key: Uint8Array, what: string, count: number): Buffer[] {
  const none = new Uint8Array();
  const bytes = Buffer.from(hkdfSync('sha256', key, none, `belljar ${what}`, count * KEY_BYTES));
  return Array.from({ length: count }, (_, index) =>
    bytes.subarray(index * KEY_BYTES, (index + 1) * KEY_BYTES),
  );
}

/**
 * A digest that only who has the key can make. The key is hashed with a hash, so that what is hashed
 * with it has one length only; this takes a third of an HMAC's time in Node.
 */
export function keyedDigest(key: Uint8Array, input: string | Uint8Array): Buffer {
  return hash('sha256', Buffer.concat([key, hash('sha256', input, 'buffer')]), 'buffer');
}
