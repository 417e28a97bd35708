/** The folder that a store has to itself. */
import { constants } from 'node:fs';
import { access, chmod, mkdir, readdir, stat } from 'node:fs/promises';
import { relative, resolve } from 'node:path';
import type { KeyProvider } from '../../contract/keys.js';
import { StoreError } from '../../errors.js';
import { explainFile, unavailable } from './sqlite-errors.js';

/** Makes it in a folder that is there, or makes it private where it is empty or a store's. */
export async function preparePrivateFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
    const { mode } = await stat(path);
    if ((mode & 0o077) !== 0) {
      const names = await readdir(path);
      if (names.length > 0 && !names.includes('belljar.db')) {
        throw unavailable(path, 'it has other files and is open to other users');
      }
      await chmod(path, 0o700);
    }
    await access(path, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    throw explainFile(error, path);
  }
}

/** A key beside what it opens would be copied with it. */
export function refuseKeyInside(directory: string, provider: KeyProvider): void {
  if (!('file' in provider) || typeof provider.file !== 'string') return;
  const file = resolve(provider.file);
  if (relative(directory, file).startsWith('..')) return;
  throw new StoreError('KEY_REFUSED', `The key file '${file}' is inside the store's directory.`, {
    details: { file, directory },
  });
}
