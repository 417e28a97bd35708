/** Bytes that are encrypted, and bound to what they are and where they belong. */
import type { KeyObject } from 'node:crypto';
import { decrypt, decryptHere, encrypt, encryptApart, NONCE_BYTES, TAG_BYTES } from './gcm.js';
import { newNonce } from './nonce.js';

export interface Sealed {
  /** 16 bytes that no other sealed bytes have. */
  tag: Uint8Array;
  /** A random nonce and the encrypted bytes. */
  sealed: Uint8Array;
}

/** What sealed bytes are bound to: they open with the same parts only. */
export type Binding = readonly (string | number)[];

const bound = (binding: Binding): Buffer => Buffer.from(JSON.stringify(binding));

export function seal(key: KeyObject, binding: Binding, plain: Uint8Array): Sealed {
  const nonce = newNonce();
  const { encrypted, tag } = encryptApart(key, nonce, plain, bound(binding));
  return { tag, sealed: Buffer.concat([nonce, encrypted]) };
}

/** Undefined when these are not the bytes that were sealed with this key for this binding. */
export function unseal(key: KeyObject, binding: Binding, parts: Sealed): Buffer | undefined {
  return decryptHere(key, nonceOf(parts), together(parts), bound(binding));
}

/** As `seal`, off this thread where there is much. The bytes must not change meanwhile. */
export async function sealLarge(
  key: KeyObject,
  binding: Binding,
  plain: Uint8Array,
): Promise<Sealed> {
  const nonce = newNonce();
  return apart(nonce, await encrypt(key, nonce, plain, bound(binding)));
}

/** As `unseal`, off this thread where there is much. */
export async function unsealLarge(
  key: KeyObject,
  binding: Binding,
  parts: Sealed,
): Promise<Buffer | undefined> {
  return decrypt(key, nonceOf(parts), together(parts), bound(binding));
}

function apart(nonce: Uint8Array, bytes: Buffer): Sealed {
  const end = bytes.length - TAG_BYTES;
  return { tag: bytes.subarray(end), sealed: Buffer.concat([nonce, bytes.subarray(0, end)]) };
}

const nonceOf = ({ sealed }: Sealed): Uint8Array => sealed.subarray(0, NONCE_BYTES);

const together = ({ tag, sealed }: Sealed): Buffer =>
  Buffer.concat([sealed.subarray(NONCE_BYTES), tag]);
