/** Checkpoints in SQLite: manifests as rows, what they refer to as blobs. */
import { checkAtMost, checkCheckpoint } from '../../check-checkpoint.js';
import { checkEpoch, checkWhole } from '../../check-input.js';
import { checkSandboxRecord } from '../../check-sandbox.js';
import { afterTheJournal, isTaken, noBlobs, noCheckpoint } from '../../refusals.js';
import type { CheckpointRecord, CheckpointStore, CheckpointSummary } from '../../store.js';
import { dropUnused, missingBlobs, releaseUses, useBlobs } from './blob-uses.js';
import type { Connection, Row } from './connection.js';
import { contentDigest } from './digest.js';
import { lastPosition, parseText, requireLeased, requireRow } from './sandbox-rows.js';
import { PAD_BYTES } from './schema.js';
import { addSandbox } from './sqlite-sandboxes.js';
import type { Writer } from './writer.js';

export function createSqliteCheckpoints(connection: Connection, writer: Writer): CheckpointStore {
  return {
    async addCheckpoint(sandboxId, checkpoint, epoch) {
      connection.assertOpen();
      checkEpoch(epoch);
      const checked = checkCheckpoint(checkpoint);
      await connection.write(() => {
        const { row } = requireLeased(connection, sandboxId, epoch);
        const last = lastPosition(connection, row);
        if (checked.position > last) throw afterTheJournal(last);
        add(connection, row, checked, writer.id);
      });
    },
    async getCheckpoint(sandboxId, query) {
      connection.assertOpen();
      const atMost = checkAtMost(query);
      const row = await connection.read(() =>
        connection.get(
          `SELECT * FROM checkpoints WHERE sandbox = (SELECT row FROM sandboxes WHERE id = ?)
           AND position <= ? ORDER BY position DESC, number DESC LIMIT 1`,
          sandboxId,
          atMost,
        ),
      );
      return row && toCheckpoint(connection, row);
    },
    async listCheckpoints(sandboxId) {
      const rows = await connection.read(() =>
        connection.all(
          `SELECT id, position, create_time AS createTime, blob_count AS blobs,
             size_bytes AS sizeBytes FROM checkpoints
           WHERE sandbox = (SELECT row FROM sandboxes WHERE id = ?) ORDER BY position, number`,
          sandboxId,
        ),
      );
      return rows.map((row) => ({ ...row }) as unknown as CheckpointSummary);
    },
    async removeCheckpoint(sandboxId, checkpointId, epoch) {
      connection.assertOpen();
      checkEpoch(epoch);
      const files = await connection.write(() => {
        const { row } = requireLeased(connection, sandboxId, epoch);
        const sql = 'SELECT position, number FROM checkpoints WHERE sandbox = ? AND id = ?';
        const found = connection.get(sql, row, String(checkpointId));
        return found ? removeOne(connection, row, found, writer.id) : [];
      });
      await writer.removeFiles(files);
    },
    async copySandbox(sourceId, checkpointId, record) {
      connection.assertOpen();
      const checked = checkSandboxRecord(record);
      await connection.write(() => copy(connection, sourceId, checkpointId, checked, writer.id));
    },
  };
}

/** The checkpoint is a checked copy. */
function add(
  connection: Connection,
  sandbox: number,
  { id, position, createTime, manifest, blobs }: CheckpointRecord,
  writer: number,
): void {
  const known = 'SELECT 1 FROM checkpoints WHERE sandbox = ? AND id = ?';
  if (connection.get(known, sandbox, id)) throw isTaken('id', id, 'checkpoint');
  const missing = missingBlobs(connection, sandbox, blobs);
  if (missing.length > 0) {
    const found = connection.get('SELECT id FROM sandboxes WHERE row = ?', sandbox);
    throw noBlobs(found?.id as string, missing);
  }
  const next = 'SELECT coalesce(max(number), 0) + 1 AS n FROM checkpoints WHERE sandbox = ?';
  const checkpoint = connection.get(next, sandbox)?.n as number;
  useBlobs(connection, { sandbox, checkpoint, position: 0 }, blobs, writer);
  const held = connection.get(
    `SELECT coalesce(sum(size_bytes), 0) AS bytes FROM uses CROSS JOIN holds ON holds.hold = uses.hold
     CROSS JOIN blobs ON blobs.blob = holds.blob WHERE uses.sandbox = ? AND uses.checkpoint = ?`,
    sandbox,
    checkpoint,
  );
  connection.run(
    `INSERT INTO checkpoints VALUES (?, ?, ?, ?, ?, ?, ?, zeroblob(${PAD_BYTES}), ?, ?)`,
    sandbox,
    position,
    checkpoint,
    id,
    createTime,
    (held?.bytes as number) + manifest.length,
    blobs.length,
    JSON.stringify(blobs),
    manifest,
  );
}

/** Returns the files that nothing needs any more. */
function removeOne(connection: Connection, sandbox: number, row: Row, writer: number): string[] {
  const [position, checkpoint] = [row.position as number, row.number as number];
  const sql = 'DELETE FROM checkpoints WHERE sandbox = ? AND position = ? AND number = ?';
  connection.run(sql, sandbox, position, checkpoint);
  const holds = releaseUses(connection, { sandbox, checkpoint, position: 0 });
  return dropUnused(connection, holds, writer);
}

/** Removes those after a position. Returns the files that nothing needs any more. */
export function removeCheckpointsAfter(
  connection: Connection,
  sandbox: number,
  after: number,
  writer: number,
): string[] {
  const sql = 'SELECT position, number FROM checkpoints WHERE sandbox = ? AND position > ?';
  const rows = connection.all(sql, sandbox, checkWhole(after, 'position'));
  return rows.flatMap((row) => removeOne(connection, sandbox, row, writer));
}

function copy(
  connection: Connection,
  sourceId: string,
  checkpointId: string,
  record: Parameters<typeof addSandbox>[1],
  writer: number,
): void {
  const source = requireRow(connection, sourceId).row as number;
  const found = connection.get(
    'SELECT * FROM checkpoints WHERE sandbox = ? AND id = ?',
    source,
    String(checkpointId),
  );
  if (!found) throw noCheckpoint(sourceId, checkpointId);
  const checkpoint = toCheckpoint(connection, found);
  const sandbox = addSandbox(connection, record, record.createTime);
  connection.run(
    `INSERT INTO holds (sandbox, digest, blob) SELECT ?, digest, blob FROM holds
     WHERE sandbox = ? AND digest IN (SELECT unhex(value) FROM json_each(?))`,
    sandbox,
    source,
    JSON.stringify(checkpoint.blobs.map((sha256) => contentDigest(sha256).toString('hex'))),
  );
  add(connection, sandbox, { ...checkpoint, position: 0 }, writer);
}

function toCheckpoint(connection: Connection, row: Row): CheckpointRecord {
  return {
    id: row.id as string,
    position: row.position as number,
    createTime: row.create_time as number,
    manifest: new Uint8Array(row.manifest as Uint8Array),
    blobs: parseText<string[]>(connection, row.blobs),
  };
}
