/** Blobs: who holds them is in SQLite, what they are in files. */
import type { BlobStore } from '../../store.js';
import type { BlobFiles } from './blob-files.js';
import { type HeldBlob, heldBlob } from './blob-holds.js';
import { readContent, streamContent } from './blob-reader.js';
import type { BlobWriter } from './blob-writer.js';
import { corrupt, explainFile } from './sqlite-errors.js';
import type { Vault } from './vault.js';

export function createSqliteBlobs(vault: Vault, files: BlobFiles, writer: BlobWriter): BlobStore {
  const { connection } = vault;
  const held = (sandboxId: string, sha256: string): Promise<HeldBlob | undefined> =>
    vault.read(() => {
      const sandbox = vault.sandbox(sandboxId);
      return sandbox && heldBlob(connection, sandbox, sha256);
    });
  /** What `read` makes of the blob's file; a file that is not there may have gone with its blob. */
  async function read<T>(
    sandboxId: string,
    sha256: string,
    work: (path: string, blob: HeldBlob) => Promise<T>,
  ): Promise<T | undefined> {
    const blob = await held(sandboxId, sha256);
    if (!blob) return undefined;
    const path = files.path(blob.file);
    try {
      return await work(path, blob);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw explainFile(error, path);
      if (!(await held(sandboxId, sha256))) return undefined;
      throw corrupt(path, 'it is missing', error);
    }
  }
  return {
    async putBlob(sandboxId, content, draft) {
      connection.assertOpen();
      const [sha256] = await writer.put(sandboxId, [content], draft);
      return sha256 as string;
    },
    async putBlobs(sandboxId, contents, draft) {
      connection.assertOpen();
      return writer.put(sandboxId, contents, draft);
    },
    async releaseBlobs(sandboxId, draft) {
      connection.assertOpen();
      await writer.release(sandboxId, draft);
    },
    getBlob: (sandboxId, sha256) => read(sandboxId, sha256, readContent),
    blobSize: async (sandboxId, sha256) => (await held(sandboxId, sha256))?.sizeBytes,
    openBlob: (sandboxId, sha256) => read(sandboxId, sha256, streamContent),
  };
}
