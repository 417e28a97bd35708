/** What a directory's key does: text of all sandboxes is looked up by digests under it. */
import type { KeyObject } from 'node:crypto';
import { cipherKey, keyedDigest, keyPart } from './key-parts.js';
import { type Sealed, seal, unseal } from './seal.js';

export class DirectoryKeys {
  readonly #digests: Buffer;
  readonly #audit: KeyObject;
  readonly #chain: Buffer;

  constructor(key: Uint8Array) {
    this.#digests = keyPart(key, 'directory digests');
    this.#audit = cipherKey(key, 'audit');
    this.#chain = keyPart(key, 'audit chain');
  }

  #digest(...parts: readonly string[]): Buffer {
    return keyedDigest(this.#digests, JSON.stringify(parts));
  }

  ownerDigest(owner: string): Buffer {
    return this.#digest('owner', owner);
  }

  keyDigest(owner: string, key: string): Buffer {
    return this.#digest('key', owner, key);
  }

  labelDigest(kind: string, name: string, value: string): Buffer {
    return this.#digest('label', kind, name, value);
  }

  sealAudit(sequence: number, sandboxId: string, plain: string): Sealed {
    return seal(this.#audit, ['audit', sequence, sandboxId], Buffer.from(plain));
  }

  unsealAudit(sequence: number, sandboxId: string, sealed: Sealed): Buffer | undefined {
    return unseal(this.#audit, ['audit', sequence, sandboxId], sealed);
  }

  /** The next link of the audit log's chain; the tag stands for the whole line. */
  link(before: Uint8Array, sequence: number, tag: Uint8Array): Buffer {
    return keyedDigest(this.#chain, Buffer.concat([before, tag, Buffer.from(`${sequence}`)]));
  }
}
