/**
 * Content of a blob as it is in its file: frames of 1 MiB, each encrypted and authenticated by
 * itself, under a key that is used for this content only. A frame's nonce is its number and whether
 * it is the last: frames that are missing, swapped or from elsewhere do not open.
 */
import type { KeyObject } from 'node:crypto';
import { giveBack } from '../give-back.js';
import { decryptHere, encrypt, NONCE_BYTES, TAG_BYTES } from './gcm.js';
import { cipherKey, keyedDigest, keyPart } from './key-parts.js';

const FRAME_BYTES = 1_048_576;
export const MOST_FRAME_BYTES = FRAME_BYTES + TAG_BYTES;

export class ContentCipher {
  readonly #key: KeyObject;
  readonly #name: Buffer;

  constructor(key: Uint8Array) {
    this.#key = cipherKey(key, 'content');
    this.#name = keyPart(key, 'file name');
  }

  /** The file of this content: content addresses it, and the key. */
  fileName(sha256: string): string {
    return keyedDigest(this.#name, sha256).toString('hex');
  }

  /** Encrypted frames, each until the next is asked for. */
  async *encrypt(content: Uint8Array): AsyncGenerator<Uint8Array> {
    const frames = frameCount(content.length);
    for (let index = 0; index < frames; index += 1) {
      const plain = content.subarray(index * FRAME_BYTES, (index + 1) * FRAME_BYTES);
      const nonce = nonceOf(index, index === frames - 1);
      const encrypted = await encrypt(this.#key, nonce, plain);
      yield encrypted;
      giveBack(encrypted);
    }
  }

  /** The same of content that comes in pieces; it has so many bytes. */
  async *encryptPieces(
    pieces: AsyncIterable<Uint8Array>,
    sizeBytes: number,
  ): AsyncGenerator<Uint8Array> {
    const frames = frameCount(sizeBytes);
    let waiting: Uint8Array[] = [];
    let size = 0;
    let index = 0;
    const next = async (): Promise<Uint8Array> => {
      const plain = Buffer.concat(waiting);
      const nonce = nonceOf(index, index === frames - 1);
      index += 1;
      [waiting, size] = [[], 0];
      return encrypt(this.#key, nonce, plain);
    };
    for await (const piece of pieces) {
      for (let offset = 0; offset < piece.length; ) {
        const part = piece.subarray(offset, offset + FRAME_BYTES - size);
        waiting.push(part);
        offset += part.length;
        size += part.length;
        if (size === FRAME_BYTES) yield await next();
      }
    }
    if (size > 0 || sizeBytes === 0) yield await next();
  }

  /**
   * The content of one frame of the file; undefined when it is not what was written. Half a millisecond on
   * this thread: the way to another one and back, with the copies that it makes, takes as long.
   */
  decryptHere(bytes: Uint8Array, index: number, sizeBytes: number): Buffer | undefined {
    const nonce = nonceOf(index, index === frameCount(sizeBytes) - 1);
    return decryptHere(this.#key, nonce, bytes);
  }
}

/** Empty content has one frame too. */
export function frameCount(sizeBytes: number): number {
  return Math.max(1, Math.ceil(sizeBytes / FRAME_BYTES));
}

/** Where a frame is in the file. */
export function framePlace(index: number, sizeBytes: number): { offset: number; length: number } {
  const plain = Math.min(FRAME_BYTES, sizeBytes - index * FRAME_BYTES);
  return { offset: index * (FRAME_BYTES + TAG_BYTES), length: plain + TAG_BYTES };
}

export function fileSize(sizeBytes: number): number {
  return sizeBytes + frameCount(sizeBytes) * TAG_BYTES;
}

function nonceOf(index: number, isLast: boolean): Buffer {
  const nonce = Buffer.alloc(NONCE_BYTES);
  nonce[0] = isLast ? 1 : 0;
  nonce.writeUInt32BE(index, 8);
  return nonce;
}
