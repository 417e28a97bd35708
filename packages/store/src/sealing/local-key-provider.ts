/** Keys wrapped by a key in a file of the user's. */
import { createSecretKey } from 'node:crypto';
import { resolve } from 'node:path';
import type { KeyProvider } from '../contract/keys.js';
import { StoreError } from '../errors.js';
import { addKey, defaultKeyFile, type LocalKey, readKeyFile } from './local-key-file.js';
import { seal, unseal } from './seal.js';

const ID_BYTES = 8;
const TAG_BYTES = 16;

export interface LocalKeyOptions {
  /** By default `$XDG_CONFIG_HOME/belljar/key`, or `~/.config/belljar/key`. */
  file?: string | undefined;
}

export interface LocalKeyProvider extends KeyProvider {
  readonly file: string;
}

/**
 * Wraps by the newest key of the file, which is made, with mode 0600, where there is none. It is
 * read at the first use. `KEY_REFUSED` when others may read it, or it has not the key that wrapped.
 */
export function localKeyProvider(options: LocalKeyOptions = {}): LocalKeyProvider {
  const file = resolve(options.file ?? defaultKeyFile());
  let reading: Promise<LocalKey[]> | undefined;
  const keys = (): Promise<LocalKey[]> => {
    reading ??= readKeyFile(file).catch((error: unknown) => {
      reading = undefined;
      throw error;
    });
    return reading;
  };
  return {
    id: 'local',
    file,
    async wrap(key, context) {
      const newest = (await keys()).at(-1) as LocalKey;
      const { tag, sealed } = seal(createSecretKey(newest.key), [context], key);
      return Buffer.concat([Buffer.from(newest.id, 'hex'), tag, sealed]);
    },
    async unwrap(wrapped, context) {
      const bytes = Buffer.from(wrapped);
      const id = bytes.subarray(0, ID_BYTES).toString('hex');
      const known = (await keys()).find((one) => one.id === id);
      if (!known) {
        throw new StoreError('KEY_REFUSED', `The key file '${file}' has not the key '${id}'.`, {
          details: { file, key: id },
        });
      }
      const sealed = bytes.subarray(ID_BYTES + TAG_BYTES);
      const tag = bytes.subarray(ID_BYTES, ID_BYTES + TAG_BYTES);
      const key = unseal(createSecretKey(known.key), [context], { tag, sealed });
      if (key) return key;
      throw new StoreError('STORE_CORRUPT', `The key of '${context}' is not what was stored.`, {
        details: { context },
      });
    },
  };
}

/**
 * Adds a key to the file. Providers made from now on wrap by it; `rotateKeys()` of a store then
 * wraps by it what others wrapped before.
 */
export async function addLocalKey(options: LocalKeyOptions = {}): Promise<void> {
  await addKey(resolve(options.file ?? defaultKeyFile()));
}
