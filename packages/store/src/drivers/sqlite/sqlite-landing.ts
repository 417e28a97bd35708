/** A sandbox on its way into the database: a row that nobody sees, until all of it is there. */
import { createHash } from 'node:crypto';
import { ContentCipher } from '../../sealing/content-cipher.js';
import { newKey } from '../../sealing/key-parts.js';
import type { ExecutionRecord, SandboxRecord } from '../../store.js';
import { type Landing, requireContent } from '../../transfer/import-sandbox.js';
import type { BlobFiles } from './blob-files.js';
import { insertHold } from './blob-holds.js';
import { addLooseFiles, removeLooseFiles } from './blob-uses.js';
import { insertCheckpoint, manifestBinding } from './checkpoint-rows.js';
import type { Eraser } from './erase.js';
import { insertEnd, insertStart, outcomeBinding } from './journal-rows.js';
import { addLanding, showLanding } from './sandbox-rows.js';
import { requireFree } from './sqlite-sandboxes.js';
import type { Vault } from './vault.js';
import type { Writer } from './writer.js';

export interface LandingPlace {
  vault: Vault;
  files: BlobFiles;
  writer: Writer;
  eraser: Eraser;
}

export async function landInSqlite(place: LandingPlace, record: SandboxRecord): Promise<Landing> {
  const { vault, files, writer, eraser } = place;
  const { connection } = vault;
  const { id } = record;
  const key = await vault.ring.create();
  await vault.write(() => {
    requireFree(vault, record, record.createTime);
    addLanding(vault, record, key, writer.id);
  });
  return {
    async putBlob(sha256, sizeBytes, pieces) {
      const blobKey = newKey();
      const cipher = new ContentCipher(blobKey);
      const file = cipher.fileName(sha256);
      await connection.write(() => addLooseFiles(connection, [file], writer.id));
      const seen = createHash('sha256');
      await files.write(file, cipher.encryptPieces(hashed(pieces, seen), sizeBytes));
      requireContent(seen.digest('hex') === sha256, sha256);
      await vault.write(() => {
        const sandbox = vault.landing(id);
        const sql = 'INSERT INTO blobs (file, size_bytes) VALUES (?, ?) RETURNING blob';
        const number = connection.get(sql, file, sizeBytes)?.blob as number;
        insertHold(connection, sandbox, sha256, { number, key: blobKey, sizeBytes });
        removeLooseFiles(connection, [file]);
      });
    },
    async addEntry(entry) {
      const binding = [...outcomeBinding(entry.id), id];
      const plain = Buffer.from(JSON.stringify(entry.outcome));
      const outcome = await key.keys.sealLarge(binding, plain);
      await vault.write(() => {
        const sandbox = vault.landing(id);
        sandbox.lastPosition = entry.position - 1;
        insertStart(vault, sandbox, startOf(entry));
        insertEnd(vault, sandbox, entry.position, entry as never, outcome);
        sandbox.save();
      });
    },
    async commit(checkpoint, lastPosition) {
      const binding = [...manifestBinding(checkpoint?.id ?? ''), id];
      const manifest = checkpoint && (await key.keys.sealLarge(binding, checkpoint.manifest));
      await vault.write(() => {
        const sandbox = vault.landing(id);
        sandbox.lastPosition = lastPosition;
        if (checkpoint && manifest) {
          insertCheckpoint(vault, sandbox, checkpoint, manifest);
        }
        requireFree(vault, record, record.createTime, sandbox.row);
        showLanding(vault, sandbox);
        vault.saveAs(sandbox, 'import');
      });
    },
    abandon: () => eraser.eraseLanding(id),
  };
}

async function* hashed(
  pieces: AsyncIterable<Uint8Array>,
  seen: { update(piece: Uint8Array): void },
) {
  for await (const piece of pieces) {
    seen.update(piece);
    yield piece;
  }
}

function startOf({ id, kind, requestHash, code, request, startTime }: ExecutionRecord) {
  return { id, kind, requestHash, code, request, startTime };
}
