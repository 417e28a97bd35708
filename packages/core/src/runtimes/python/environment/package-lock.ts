import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { PYTHON_FOLDER } from '../../../python-folder.js';

/** A list of packages with versions and hashes, in pip's requirements form. */
export interface PackageLock {
  path: string;
  /** Of its bytes; names the environments made from it. */
  hash: string;
}

const dataPackages = fileURLToPath(new URL('data-packages.lock.txt', PYTHON_FOLDER));

export async function readPackageLock(path: string = dataPackages): Promise<PackageLock> {
  const hash = createHash('sha256')
    .update(await readFile(path))
    .digest('hex');
  return { path, hash: hash.slice(0, 16) };
}
