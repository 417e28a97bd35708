/** Random nonces, taken from the kernel many at a time. */
import { randomFillSync } from 'node:crypto';
import { NONCE_BYTES } from './gcm.js';

const AT_ONCE = 256;
const pool = Buffer.alloc(NONCE_BYTES * AT_ONCE);
let used = pool.length;

/** A new one: no part of it is given twice. */
export function newNonce(): Buffer {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  used += NONCE_BYTES;
  return Buffer.from(pool.subarray(used - NONCE_BYTES, used));
}
