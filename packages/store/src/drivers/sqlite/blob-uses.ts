/**
 * What points to a blob, and what goes when nothing does. All of it runs inside transactions.
 *
 * A file outlives the transaction that lets go of it as a loose file of its writer: removed after
 * the commit, or when the writer is gone.
 */
import type { Connection } from './connection.js';
import type { OpenSandbox } from './open-sandbox.js';

/** An entry has a checkpoint 0, a checkpoint the position 0. */
export interface BlobUser {
  checkpoint: number;
  position: number;
}

/** What an entry or checkpoint of this id is to point to, as far as this writer put it. */
export interface OpenDraft {
  draft: string;
  writer: number;
}

const list = (values: readonly unknown[]): string => JSON.stringify(values);

const digests = ({ keys }: OpenSandbox, hashes: readonly string[]): string =>
  list(hashes.map((sha256) => keys.digest('content', sha256).toString('hex')));

/** Of these hashes, those that the sandbox does not hold. */
export function missingBlobs(
  connection: Connection,
  sandbox: OpenSandbox,
  hashes: readonly string[],
): string[] {
  const missing = connection.all(
    `SELECT key FROM json_each(?) WHERE NOT EXISTS (SELECT 1 FROM holds
     WHERE holds.sandbox = ? AND holds.digest = unhex(value))`,
    digests(sandbox, hashes),
    sandbox.row,
  );
  return missing.map(({ key }) => hashes[key as number] as string);
}

/** The sandbox's hold of this content stays while the draft is open. Returns false when there is none. */
export function keepForDraft(
  connection: Connection,
  { row, keys }: OpenSandbox,
  sha256: string,
  { draft, writer }: OpenDraft,
): boolean {
  const digest = keys.digest('content', sha256);
  const find = 'SELECT hold FROM holds WHERE sandbox = ? AND digest = ?';
  const hold = connection.get(find, row, digest)?.hold as number | undefined;
  if (hold === undefined) return false;
  connection.run(
    'INSERT OR IGNORE INTO pending VALUES (?, ?, ?)',
    writer,
    keys.digest('draft', draft),
    hold,
  );
  return true;
}

/** What was put for it and nothing points to goes. Returns the files that nothing needs any more. */
export function endDraft(
  connection: Connection,
  { keys }: OpenSandbox,
  { draft, writer }: OpenDraft,
): string[] {
  const sql = 'DELETE FROM pending WHERE writer = ? AND draft = ? RETURNING hold';
  const put = connection.all(sql, writer, keys.digest('draft', draft));
  return dropUnused(
    connection,
    put.map(({ hold }) => hold as number),
    writer,
  );
}

/** From now on the user points to these, as far as the sandbox holds them. */
export function useBlobs(
  connection: Connection,
  sandbox: OpenSandbox,
  { checkpoint, position }: BlobUser,
  hashes: readonly string[],
): void {
  if (hashes.length === 0) return;
  connection.run(
    `INSERT OR IGNORE INTO uses SELECT ?, ?, ?, hold FROM json_each(?)
     CROSS JOIN holds ON holds.sandbox = ? AND holds.digest = unhex(value)`,
    sandbox.row,
    checkpoint,
    position,
    digests(sandbox, hashes),
    sandbox.row,
  );
}

/** Bytes of all that the user points to. */
export function sizeOfUses(
  connection: Connection,
  sandbox: number,
  { checkpoint, position }: BlobUser,
): number {
  const row = connection.get(
    `SELECT coalesce(sum(size_bytes), 0) AS bytes FROM uses
     CROSS JOIN holds ON holds.hold = uses.hold CROSS JOIN blobs ON blobs.blob = holds.blob
     WHERE uses.sandbox = ? AND uses.checkpoint = ? AND uses.position = ?`,
    sandbox,
    checkpoint,
    position,
  );
  return row?.bytes as number;
}

/** The user points to nothing any more. Returns the holds that it pointed to. */
export function releaseUses(
  connection: Connection,
  sandbox: number,
  { checkpoint, position }: BlobUser,
): number[] {
  const released = connection.all(
    'DELETE FROM uses WHERE sandbox = ? AND checkpoint = ? AND position = ? RETURNING hold',
    sandbox,
    checkpoint,
    position,
  );
  return released.map(({ hold }) => hold as number);
}

/** Lets go of those holds that nothing points to and nobody may still commit. Returns files. */
export function dropUnused(
  connection: Connection,
  holds: readonly number[],
  writer: number,
): string[] {
  if (holds.length === 0) return [];
  const dropped = connection.all(
    `DELETE FROM holds WHERE hold IN (SELECT value FROM json_each(?))
     AND NOT EXISTS (SELECT 1 FROM uses WHERE uses.hold = holds.hold)
     AND NOT EXISTS (SELECT 1 FROM pending WHERE pending.hold = holds.hold) RETURNING blob`,
    list(holds),
  );
  return dropBlobs(
    connection,
    dropped.map(({ blob }) => blob as number),
    writer,
  );
}

/** Lets go of the content that no sandbox holds any more. Returns files. */
export function dropBlobs(
  connection: Connection,
  blobs: readonly number[],
  writer: number,
): string[] {
  if (blobs.length === 0) return [];
  const dropped = connection.all(
    `DELETE FROM blobs WHERE blob IN (SELECT value FROM json_each(?))
     AND NOT EXISTS (SELECT 1 FROM holds WHERE holds.blob = blobs.blob) RETURNING file`,
    list(blobs),
  );
  const files = dropped.map(({ file }) => file as string);
  addLooseFiles(connection, files, writer);
  return files;
}

export function addLooseFiles(
  connection: Connection,
  files: readonly string[],
  writer: number,
): void {
  const sql = 'INSERT OR IGNORE INTO loose_files SELECT ?, value FROM json_each(?)';
  if (files.length > 0) connection.run(sql, writer, list(files));
}

export function removeLooseFiles(connection: Connection, files: readonly string[]): void {
  const sql = 'DELETE FROM loose_files WHERE file IN (SELECT value FROM json_each(?))';
  if (files.length > 0) connection.run(sql, list(files));
}
