/** Checkpoints as rows: where they are in the journal and what they refer to. */
import { isTaken, noBlobs } from '../../refusals.js';
import type { Sealed } from '../../sealing/seal.js';
import type { CheckpointRecord, CheckpointSummary } from '../../store.js';
import { dropUnused, missingBlobs, releaseUses, sizeOfUses, useBlobs } from './blob-uses.js';
import type { Row } from './connection.js';
import type { OpenSandbox } from './open-sandbox.js';
import type { Vault } from './vault.js';

/** What is sealed of a checkpoint; the manifest is sealed beside it. */
interface CheckpointText {
  id: string;
  createTime: number;
  blobs: string[];
  sizeBytes: number;
  /** Of the manifest. Hex. */
  tag: string;
}

export const manifestBinding = (id: string) => ['manifest', id] as const;

export function textOf(sandbox: OpenSandbox, row: Row): CheckpointText {
  const place = ['checkpoint', row.position as number, row.number as number] as const;
  return sandbox.unseal(place, row.tag, row.text, `checkpoint '${row.id}'`);
}

export function summaryOf(sandbox: OpenSandbox, row: Row): CheckpointSummary {
  const { id, createTime, blobs, sizeBytes } = textOf(sandbox, row);
  return { id, position: row.position as number, createTime, blobs: blobs.length, sizeBytes };
}

export function findCheckpoint({ connection }: Vault, sandbox: OpenSandbox, id: string) {
  const sql = 'SELECT * FROM checkpoints WHERE sandbox = ? AND id = ?';
  return connection.get(sql, sandbox.row, id);
}

/** The checkpoint is a checked copy; its manifest was sealed before. Its draft goes on. */
export function insertCheckpoint(
  vault: Vault,
  sandbox: OpenSandbox,
  checkpoint: Omit<CheckpointRecord, 'manifest'>,
  manifest: Sealed,
): void {
  const { connection } = vault;
  const { id, position, createTime, blobs } = checkpoint;
  if (findCheckpoint(vault, sandbox, id)) throw isTaken('id', id, 'checkpoint');
  const missing = missingBlobs(connection, sandbox, blobs);
  if (missing.length > 0) throw noBlobs(sandbox.id, missing);
  const next = 'SELECT coalesce(max(number), 0) + 1 AS n FROM checkpoints WHERE sandbox = ?';
  const number = connection.get(next, sandbox.row)?.n as number;
  const user = { checkpoint: number, position: 0 };
  useBlobs(connection, sandbox, user, blobs);
  const text: CheckpointText = {
    id,
    createTime,
    blobs,
    sizeBytes: sizeOfUses(connection, sandbox.row, user) + plainSize(manifest),
    tag: Buffer.from(manifest.tag).toString('hex'),
  };
  const { tag, sealed } = sandbox.seal(['checkpoint', position, number], text);
  const sql = 'INSERT INTO checkpoints VALUES (?, ?, ?, ?, ?, ?, ?)';
  connection.run(sql, sandbox.row, position, number, id, tag, sealed, manifest.sealed);
  sandbox.change(tag);
}

const plainSize = ({ sealed }: Sealed): number => sealed.length - 12;

/** Returns the files that nothing needs any more. */
export function removeCheckpoint(
  { connection }: Vault,
  sandbox: OpenSandbox,
  row: Row,
  writer: number,
): string[] {
  const [position, checkpoint] = [row.position as number, row.number as number];
  const sql = 'DELETE FROM checkpoints WHERE sandbox = ? AND position = ? AND number = ?';
  connection.run(sql, sandbox.row, position, checkpoint);
  sandbox.change(row.tag as Uint8Array);
  const holds = releaseUses(connection, sandbox.row, { checkpoint, position: 0 });
  return dropUnused(connection, holds, writer);
}

/** Removes those after a position. Returns the files that nothing needs any more. */
export function removeCheckpointsAfter(
  vault: Vault,
  sandbox: OpenSandbox,
  after: number,
  writer: number,
): string[] {
  const sql = 'SELECT position, number, tag FROM checkpoints WHERE sandbox = ? AND position > ?';
  const rows = vault.connection.all(sql, sandbox.row, after);
  return rows.flatMap((row) => removeCheckpoint(vault, sandbox, row, writer));
}
