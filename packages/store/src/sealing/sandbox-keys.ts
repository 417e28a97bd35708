/** What one sandbox's key does. */
import { type Cipheriv, createCipheriv, type KeyObject } from 'node:crypto';
import { cipherKey, keyedDigest, keyPart } from './key-parts.js';
import { type Binding, type Sealed, seal, sealLarge, unseal, unsealLarge } from './seal.js';

const BLOCK_BYTES = 16;

export class SandboxKeys {
  /** Names the key in the store; no two keys have the same. */
  readonly id: string;
  readonly #sealing: KeyObject;
  readonly #digests: Buffer;
  readonly #marks: KeyObject;
  #marker: Cipheriv | undefined;

  constructor(id: string, key: Uint8Array) {
    this.id = id;
    this.#sealing = cipherKey(key, 'sealing');
    this.#digests = keyPart(key, 'digests');
    this.#marks = cipherKey(key, 'marks');
  }

  seal(binding: Binding, plain: string | Uint8Array): Sealed {
    return seal(this.#sealing, binding, Buffer.from(plain));
  }

  /** Undefined when these are not the bytes that were sealed for this binding. */
  unseal(binding: Binding, sealed: Sealed): Buffer | undefined {
    return unseal(this.#sealing, binding, sealed);
  }

  sealLarge(binding: Binding, plain: Uint8Array): Promise<Sealed> {
    return sealLarge(this.#sealing, binding, plain);
  }

  unsealLarge(binding: Binding, sealed: Sealed): Promise<Buffer | undefined> {
    return unsealLarge(this.#sealing, binding, sealed);
  }

  /** What a text is looked up by. */
  digest(what: 'execution' | 'content' | 'draft', text: string): Buffer {
    return keyedDigest(this.#digests, `${what} ${text}`);
  }

  /**
   * One mark for any number of tags, the same in every order. A tag that comes or goes changes it;
   * who has no key cannot tell how, and so cannot find other tags with the same mark. The tags must
   * differ: two that are equal change nothing.
   */
  markOf(tags: Uint8Array): Buffer {
    // Whole blocks without padding come out at once: one cipher serves for all tags.
    this.#marker ??= createCipheriv('aes-256-ecb', this.#marks, null).setAutoPadding(false);
    const blocks = this.#marker.update(tags);
    const mark = Buffer.alloc(BLOCK_BYTES);
    for (let offset = 0; offset < blocks.length; offset += BLOCK_BYTES) {
      combine(mark, blocks.subarray(offset, offset + BLOCK_BYTES));
    }
    return mark;
  }
}

/** Adds to a mark, or takes away what was added. */
export function combine(mark: Buffer, other: Uint8Array): void {
  for (let index = 0; index < BLOCK_BYTES; index += 1) {
    mark[index] = (mark[index] as number) ^ (other[index] as number);
  }
}
