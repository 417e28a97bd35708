/** Blobs: who holds them is in SQLite, what they are in files. */
import { createHash } from 'node:crypto';
import { type FileHandle, open, readFile } from 'node:fs/promises';
import { contentHash } from '../../content-hash.js';
import type { BlobStore } from '../../store.js';
import type { BlobFiles } from './blob-files.js';
import type { BlobWriter } from './blob-writer.js';
import type { Connection } from './connection.js';
import { contentDigest } from './digest.js';
import { corrupt, explainFile } from './sqlite-errors.js';

const STREAM_CHUNK_BYTES = 65_536;

interface HeldBlob {
  path: string;
  sizeBytes: number;
}

export function createSqliteBlobs(
  connection: Connection,
  files: BlobFiles,
  writer: BlobWriter,
): BlobStore {
  const held = (sandboxId: string, sha256: string): Promise<HeldBlob | undefined> =>
    connection.read(() => {
      const row = connection.get(
        `SELECT file, size_bytes FROM holds JOIN blobs ON blobs.blob = holds.blob
         WHERE holds.sandbox = (SELECT row FROM sandboxes WHERE id = ?) AND holds.digest = ?`,
        sandboxId,
        contentDigest(sha256),
      );
      return row && { path: files.path(row.file as string), sizeBytes: row.size_bytes as number };
    });
  /** What a file that cannot be opened means: it went with its sandbox, or it is missing. */
  const missing = async (sandboxId: string, sha256: string, error: unknown): Promise<undefined> => {
    const blob = await held(sandboxId, sha256);
    if (!blob) return undefined;
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw explainFile(error, blob.path);
    throw corrupt(blob.path, 'it is missing', error);
  };
  return {
    async putBlob(sandboxId, content) {
      connection.assertOpen();
      const [sha256] = await writer.put(sandboxId, [content]);
      return sha256 as string;
    },
    async putBlobs(sandboxId, contents) {
      connection.assertOpen();
      return writer.put(sandboxId, contents);
    },
    async getBlob(sandboxId, sha256) {
      const blob = await held(sandboxId, sha256);
      if (!blob) return undefined;
      let content: Uint8Array;
      try {
        content = new Uint8Array(await readFile(blob.path));
      } catch (error) {
        return missing(sandboxId, sha256, error);
      }
      if (content.length === blob.sizeBytes && (await contentHash(content)) === sha256) {
        return content;
      }
      throw corrupt(blob.path, 'its content is not what was stored');
    },
    async openBlob(sandboxId, sha256) {
      const blob = await held(sandboxId, sha256);
      if (!blob) return undefined;
      try {
        return streamOf(await open(blob.path), blob.path, sha256);
      } catch (error) {
        return missing(sandboxId, sha256, error);
      }
    },
  };
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
