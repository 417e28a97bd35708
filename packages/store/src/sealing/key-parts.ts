/** From one random key to the keys for each purpose, so that no key serves two. */
import { createSecretKey, hash, type KeyObject, randomBytes } from 'node:crypto';

export const KEY_BYTES = 32;

export const newKey = (): Buffer => randomBytes(KEY_BYTES);

/**
 * A digest that only who has the key can make. The key is hashed with a hash, so that what is hashed
 * with it has one length only; this takes a third of an HMAC's time in Node.
 */
export function keyedDigest(key: Uint8Array, input: string | Uint8Array): Buffer {
  return hash('sha256', Buffer.concat([key, hash('sha256', input, 'buffer')]), 'buffer');
}

/** The bytes of the key for one purpose. */
export const keyPart = (key: Uint8Array, purpose: string): Buffer =>
  keyedDigest(key, `belljar ${purpose}`);

/** The key for one purpose, as ciphers take it: bytes take Node five times as long. */
export const cipherKey = (key: Uint8Array, purpose: string): KeyObject =>
  createSecretKey(keyPart(key, purpose));
