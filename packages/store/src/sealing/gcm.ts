/** AES-256-GCM over bytes: small ones here, large ones on another thread. */
import { createCipheriv, createDecipheriv, type KeyObject, webcrypto } from 'node:crypto';
import { ELSEWHERE_FROM_BYTES } from '../content-hash.js';

export const TAG_BYTES = 16;
export const NONCE_BYTES = 12;
const CIPHER = 'aes-256-gcm';
const NOTHING = new Uint8Array();

/** The encrypted bytes with the tag at their end. */
export function encryptHere(
  key: KeyObject,
  nonce: Uint8Array,
  plain: Uint8Array,
  bound: Uint8Array = NOTHING,
): Buffer {
  const { encrypted, tag } = encryptApart(key, nonce, plain, bound);
  return Buffer.concat([encrypted, tag]);
}

export function encryptApart(
  key: KeyObject,
  nonce: Uint8Array,
  plain: Uint8Array,
  bound: Uint8Array,
): { encrypted: Buffer; tag: Buffer } {
  const cipher = createCipheriv(CIPHER, key, nonce);
  cipher.setAAD(bound);
  const encrypted = cipher.update(plain);
  cipher.final();
  return { encrypted, tag: cipher.getAuthTag() };
}

/** Undefined when the bytes are not what was encrypted. */
export function decryptHere(
  key: KeyObject,
  nonce: Uint8Array,
  bytes: Uint8Array,
  bound: Uint8Array = NOTHING,
): Buffer | undefined {
  const end = bytes.length - TAG_BYTES;
  if (end < 0 || nonce.length !== NONCE_BYTES) return undefined;
  const decipher = createDecipheriv(CIPHER, key, nonce);
  decipher.setAAD(bound);
  decipher.setAuthTag(bytes.subarray(end));
  const plain = decipher.update(bytes.subarray(0, end));
  try {
    decipher.final();
    return plain;
  } catch {
    return undefined;
  }
}

/** As `encryptHere`. The bytes must not change meanwhile. */
export async function encrypt(
  key: KeyObject,
  nonce: Uint8Array,
  plain: Uint8Array,
  bound: Uint8Array = NOTHING,
): Promise<Buffer> {
  if (plain.length < ELSEWHERE_FROM_BYTES) return encryptHere(key, nonce, plain, bound);
  const { subtle } = webcrypto;
  return Buffer.from(
    await subtle.encrypt(algorithm(nonce, bound), webKey(key), plain as Uint8Array<ArrayBuffer>),
  );
}

/** As `decryptHere`. The bytes must not change meanwhile. */
export async function decrypt(
  key: KeyObject,
  nonce: Uint8Array,
  bytes: Uint8Array,
  bound: Uint8Array = NOTHING,
): Promise<Buffer | undefined> {
  if (bytes.length < ELSEWHERE_FROM_BYTES) return decryptHere(key, nonce, bytes, bound);
  const { subtle } = webcrypto;
  try {
    return Buffer.from(
      await subtle.decrypt(algorithm(nonce, bound), webKey(key), bytes as Uint8Array<ArrayBuffer>),
    );
  } catch (error) {
    if (error instanceof DOMException && error.name === 'OperationError') return undefined;
    throw error;
  }
}

const webKey = (key: KeyObject): webcrypto.CryptoKey =>
  key.toCryptoKey('AES-GCM', false, ['encrypt', 'decrypt']);

function algorithm(iv: Uint8Array, additionalData: Uint8Array): webcrypto.AesGcmParams {
  return { name: 'AES-GCM', iv, additionalData } as webcrypto.AesGcmParams;
}
