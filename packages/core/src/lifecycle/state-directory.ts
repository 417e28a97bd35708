/** The folder that `directory` names: there, and writable, before anything is started. */
import { constants } from 'node:fs';
import { access, mkdir, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { BelljarError } from '../errors.js';

/** One folder after the other: below `/proc`, Node's own `recursive` tries without end. */
async function makeFolder(path: string): Promise<void> {
  const status = await stat(path).catch(() => undefined);
  if (status?.isDirectory()) return;
  if (status) throw new Error(`'${path}' is no folder.`);
  if (dirname(path) !== path) await makeFolder(dirname(path));
  await mkdir(path, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
}

export async function prepareDirectory(directory: string): Promise<string> {
  const path = resolve(directory);
  try {
    await makeFolder(path);
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
