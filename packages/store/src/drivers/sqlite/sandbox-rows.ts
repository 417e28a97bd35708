/** Sandbox records as rows, and back. */
import { noSandbox, requireEpoch } from '../../refusals.js';
import type { Lease, LeaseOwner, SandboxPatch, SandboxRecord } from '../../store.js';
import type { Connection, Row } from './connection.js';
import { keyDigest, labelDigest, ownerDigest } from './digest.js';
import { PAD_BYTES } from './schema.js';
import { corrupt } from './sqlite-errors.js';

/** What is kept as text; the rest are columns. */
type SandboxText = Pick<
  SandboxRecord,
  'owner' | 'key' | 'displayName' | 'labels' | 'limits' | 'location' | 'survival'
>;

const SELECT = `SELECT sandboxes.*, sandbox_texts.text FROM sandboxes
  JOIN sandbox_texts ON sandbox_texts.sandbox = sandboxes.row`;

export function rowOfId(connection: Connection, id: string): Row | undefined {
  return connection.get(`${SELECT} WHERE sandboxes.id = ?`, id);
}

export function rowOfKey(connection: Connection, owner: string, key: string): Row | undefined {
  return connection.get(`${SELECT} WHERE sandboxes.key = ?`, keyDigest(owner, key));
}

/** JSON that this driver wrote. */
export function parseText<T>(connection: Connection, text: unknown): T {
  try {
    return JSON.parse(text as string) as T;
  } catch (cause) {
    throw corrupt(connection.file, 'a row is not what was stored', cause);
  }
}

export function toRecord(connection: Connection, row: Row): SandboxRecord {
  const text = parseText<SandboxText>(connection, row.text);
  return {
    id: row.id as string,
    kind: row.kind as SandboxRecord['kind'],
    owner: text.owner,
    key: row.key === null ? undefined : text.key,
    displayName: text.displayName,
    language: row.language as SandboxRecord['language'],
    labels: text.labels,
    state: row.state as SandboxRecord['state'],
    limits: text.limits,
    location: text.location,
    createTime: row.create_time as number,
    updateTime: row.update_time as number,
    expireTime: row.expire_time as number,
    survival: text.survival,
  };
}

function toText(record: SandboxRecord): string {
  const { owner, key, displayName, labels, limits, location, survival } = record;
  return JSON.stringify({ owner, key, displayName, labels, limits, location, survival });
}

/** Returns the row's number. */
export function insertRecord(connection: Connection, record: SandboxRecord): number {
  const { id, kind, owner, key, language, state, createTime, updateTime, expireTime } = record;
  connection.run(
    `INSERT INTO sandboxes (id, kind, owner, key, language, state, create_time, update_time,
       expire_time) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    id,
    kind,
    ownerDigest(owner),
    key === undefined ? null : keyDigest(owner, key),
    language,
    state,
    createTime,
    updateTime,
    expireTime,
  );
  const row = connection.get('SELECT row FROM sandboxes WHERE id = ?', id)?.row as number;
  connection.run(
    `INSERT INTO sandbox_texts VALUES (?, zeroblob(${PAD_BYTES}), ?)`,
    row,
    toText(record),
  );
  insertLabels(connection, row, record);
  return row;
}

function insertLabels(connection: Connection, row: number, record: SandboxRecord): void {
  for (const [name, value] of Object.entries(record.labels)) {
    const label = labelDigest(record.kind, name, value);
    const { createTime, id } = record;
    connection.run('INSERT INTO labels VALUES (?, ?, ?, ?)', label, createTime, id, row);
  }
}

/** The patch is a checked copy. Returns the new record. */
export function patchRecord(connection: Connection, row: Row, patch: SandboxPatch): SandboxRecord {
  const record = { ...toRecord(connection, row), ...patch };
  const { row: key } = row as { row: number };
  patchColumns(connection, key, patch);
  const { displayName, labels, limits, survival } = patch;
  if ([displayName, labels, limits, survival].some((value) => value !== undefined)) {
    connection.run('UPDATE sandbox_texts SET text = ? WHERE sandbox = ?', toText(record), key);
  }
  if (labels !== undefined) {
    connection.run('DELETE FROM labels WHERE sandbox = ?', key);
    insertLabels(connection, key, record);
  }
  return record;
}

/** What a patch has beside text. */
export function patchColumns(
  connection: Connection,
  key: number,
  { state, updateTime, expireTime }: SandboxPatch,
): void {
  connection.run(
    `UPDATE sandboxes SET state = coalesce(?, state), update_time = coalesce(?, update_time),
     expire_time = coalesce(?, expire_time) WHERE row = ?`,
    state ?? null,
    updateTime ?? null,
    expireTime ?? null,
    key,
  );
}

/** The sandbox's row, for a write. Throws `NOT_FOUND` when it is not there or is being deleted. */
export function requireRow(connection: Connection, id: string): Row {
  const row = rowOfId(connection, id);
  if (!row || row.state === 'deleting') throw noSandbox(id);
  return row;
}

export function leaseOf(connection: Connection, row: Row): Lease | undefined {
  const found = connection.get('SELECT * FROM leases WHERE sandbox = ?', row.row as number);
  return (
    found && {
      sandboxId: row.id as string,
      owner: parseText<LeaseOwner>(connection, found.owner),
      epoch: found.epoch as number,
      expireTime: found.expire_time as number,
      released: found.released === 1,
    }
  );
}

/** What a write to the journal needs of a sandbox; checks that it may be written. */
export function requireLeased(
  connection: Connection,
  id: string,
  epoch: number | undefined,
): { id: string; row: number } {
  const found = connection.get(
    `SELECT row, state, epoch, released FROM sandboxes
     LEFT JOIN leases ON leases.sandbox = sandboxes.row WHERE id = ?`,
    id,
  );
  if (!found || found.state === 'deleting') throw noSandbox(id);
  const current = found.released === 0 ? found.epoch : undefined;
  if (current !== epoch) requireEpoch(id, leaseOf(connection, requireRow(connection, id)), epoch);
  return { id, row: found.row as number };
}

/** The greatest position that is or was. */
export function lastPosition(connection: Connection, sandbox: number): number {
  const last = connection.get(
    `SELECT max(last_removed_position, coalesce(
       (SELECT max(position) FROM executions WHERE sandbox = row), 0)) AS position
     FROM sandboxes WHERE row = ?`,
    sandbox,
  );
  return last?.position as number;
}
