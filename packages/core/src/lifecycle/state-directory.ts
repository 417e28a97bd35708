/** The folder that `directory` names: there, and writable, before anything is started. */
import { constants } from 'node:fs';
import { access, mkdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import { BelljarError } from '../errors.js';

export async function prepareDirectory(directory: string): Promise<string> {
  const path = resolve(directory);
  try {
    await mkdir(path, { recursive: true, mode: 0o700 });
    await access(path, constants.W_OK | constants.X_OK);
    return path;
  } catch (cause) {
    throw new BelljarError('INVALID_ARGUMENT', `The directory '${path}' cannot be written.`, {
      suggestion: 'Give a folder of your own, or leave `directory` out.',
      details: { directory: path },
      cause,
    });
  }
}
