/** From one random key to the keys for each purpose, so that no key serves two. */
import { createSecretKey, hash, hkdfSync, type KeyObject, randomBytes } from 'node:crypto';

export const KEY_BYTES = 32;

export const newKey = (): Buffer => randomBytes(KEY_BYTES);

export function keyBytes(key: Uint8Array, purpose: string): Buffer {
  const none = new Uint8Array();
  return Buffer.from(hkdfSync('sha256', key, none, `belljar ${purpose}`, KEY_BYTES));
}

export function keyPart(key: Uint8Array, purpose: string): KeyObject {
  return createSecretKey(keyBytes(key, purpose));
}

/**
 * A digest that only who has the key can make. The key is hashed with a hash, so that what is hashed
 * with it has one length only; this takes a third of an HMAC's time in Node.
 */
export function keyedDigest(key: Uint8Array, input: string | Uint8Array): Buffer {
  return hash('sha256', Buffer.concat([key, hash('sha256', input, 'buffer')]), 'buffer');
}
