/** Blobs: who holds them is in SQLite, what they are in files. */
import { createHash, hash } from 'node:crypto';
import { type FileHandle, open, readFile } from 'node:fs/promises';
import { invalid } from '../../check-input.js';
import type { BlobStore } from '../../store.js';
import type { BlobFiles } from './blob-files.js';
import type { Connection } from './connection.js';
import { requireRow } from './sandbox-rows.js';
import { corrupt, explainFile } from './sqlite-errors.js';

const STREAM_CHUNK_BYTES = 65_536;

export function createSqliteBlobs(connection: Connection, files: BlobFiles): BlobStore {
  const heldSize = (sandboxId: string, sha256: string): Promise<number | undefined> =>
    connection.read(() => {
      const row = connection.get(
        `SELECT size_bytes FROM holds JOIN blobs ON blobs.sha256 = holds.sha256
         WHERE holds.sandbox = (SELECT row FROM sandboxes WHERE id = ?) AND holds.sha256 = ?`,
        sandboxId,
        sha256,
      );
      return row?.size_bytes as number | undefined;
    });
  /** What a file that cannot be opened means: it went with its sandbox, or it is missing. */
  const missing = async (sandboxId: string, sha256: string, error: unknown): Promise<undefined> => {
    const path = files.path(sha256);
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw explainFile(error, path);
    if ((await heldSize(sandboxId, sha256)) === undefined) return undefined;
    throw corrupt(path, 'it is missing', error);
  };
  return {
    async putBlob(sandboxId, content) {
      connection.assertOpen();
      if (!(content instanceof Uint8Array)) throw invalid('content', 'must be a Uint8Array');
      return putBlob(connection, files, sandboxId, content);
    },
    async getBlob(sandboxId, sha256) {
      const sizeBytes = await heldSize(sandboxId, sha256);
      if (sizeBytes === undefined) return undefined;
      const path = files.path(sha256);
      try {
        const content = new Uint8Array(await readFile(path));
        if (content.length === sizeBytes && hash('sha256', content) === sha256) return content;
      } catch (error) {
        return missing(sandboxId, sha256, error);
      }
      throw corrupt(path, 'its content is not what was stored');
    },
    async openBlob(sandboxId, sha256) {
      const sizeBytes = await heldSize(sandboxId, sha256);
      if (sizeBytes === undefined) return undefined;
      try {
        const path = files.path(sha256);
        return streamOf(await open(path), path, sha256);
      } catch (error) {
        return missing(sandboxId, sha256, error);
      }
    },
  };
}

async function putBlob(
  connection: Connection,
  files: BlobFiles,
  sandboxId: string,
  content: Uint8Array,
): Promise<string> {
  const sha256 = hash('sha256', content);
  await connection.read(() => requireRow(connection, sandboxId));
  let draft: string | undefined;
  try {
    for (;;) {
      // Another sandbox may let go of it at any time outside the transaction.
      if (!files.has(sha256, content.length)) draft ??= await files.draft(sha256, content);
      const known = await connection.write(() => {
        const row = requireRow(connection, sandboxId).row as number;
        if (!files.has(sha256, content.length)) {
          if (draft === undefined) return false;
          files.place(sha256, draft);
        }
        connection.run('INSERT OR IGNORE INTO blobs VALUES (?, ?)', sha256, content.length);
        connection.run('INSERT OR IGNORE INTO holds VALUES (?, ?)', row, sha256);
        return true;
      });
      if (known) return sha256;
    }
  } finally {
    if (draft !== undefined) await files.removeDraft(draft);
  }
}

/** Errors with `STORE_CORRUPT` at its end when the content was not what was stored. */
function streamOf(file: FileHandle, path: string, sha256: string): ReadableStream<Uint8Array> {
  const seen = createHash('sha256');
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { bytesRead, buffer } = await file.read(new Uint8Array(STREAM_CHUNK_BYTES));
      if (bytesRead > 0) {
        const piece = buffer.subarray(0, bytesRead);
        seen.update(piece);
        controller.enqueue(piece);
        return;
      }
      await file.close();
      if (seen.digest('hex') === sha256) controller.close();
      else controller.error(corrupt(path, 'its content is not what was stored'));
    },
    cancel: () => file.close(),
  });
}
