/** The content of files that a run changed, as far as a response may hold it. */
import { createHash } from 'node:crypto';
import { FILES_LIMIT_BYTES } from '../../limits.js';
import { shownName } from '../file-names.js';
import type { ChangedFile } from '../runtime.js';
import { Refused, type WorkspaceFolder } from './workspace-folder.js';
import type { Change } from './workspace-scan.js';

async function hashOf(folder: WorkspaceFolder, name: string): Promise<string> {
  const hash = createHash('sha256');
  await folder.read(name, (data) => {
    hash.update(data);
  });
  return hash.digest('hex');
}

/** Undefined when the file is larger than what is left. */
async function contentOf(
  folder: WorkspaceFolder,
  name: string,
  leftBytes: number,
): Promise<Buffer | undefined> {
  const { file, sizeBytes } = await folder.open(name);
  try {
    if (sizeBytes > leftBytes) return undefined;
    const content = Buffer.allocUnsafeSlow(sizeBytes);
    let at = 0;
    while (at < sizeBytes) {
      const { bytesRead } = await file.read(content, at, sizeBytes - at);
      if (bytesRead === 0) break;
      at += bytesRead;
    }
    return content.subarray(0, at);
  } finally {
    await file.close();
  }
}

export async function readChanges(
  folder: WorkspaceFolder,
  changes: readonly Change[],
): Promise<ChangedFile[]> {
  const files: ChangedFile[] = [];
  let leftBytes = FILES_LIMIT_BYTES;
  for (const { name, change, sizeBytes } of changes) {
    const file = {
      name: shownName(name),
      change,
      sizeBytes,
      content: undefined,
      sha256: undefined,
    };
    if (change === 'removed') {
      files.push(file);
      continue;
    }
    try {
      const content = await contentOf(folder, name, leftBytes);
      leftBytes -= content?.length ?? 0;
      files.push(
        content
          ? { ...file, sizeBytes: content.length, content }
          : { ...file, sha256: await hashOf(folder, name) },
      );
    } catch (error) {
      // The code took the right to read it: it is there all the same.
      if ((error as NodeJS.ErrnoException).code === 'EACCES') files.push(file);
      else if (!(error instanceof Refused) && !(error as NodeJS.ErrnoException).code) throw error;
    }
  }
  return files;
}
