/** Sandbox records as rows. */
import type { SandboxPatch, SandboxRecord } from '../../store.js';
import type { NewKey } from './key-ring.js';
import { OpenSandbox } from './open-sandbox.js';
import { IMPORTING } from './sealed-state.js';
import type { Vault } from './vault.js';

/** Adds the record, sealed under a key of its own. */
export function insertRecord(vault: Vault, record: SandboxRecord, newKey: NewKey): OpenSandbox {
  const sandbox = insertRow(vault, record, newKey, record.kind);
  insertLabels(vault, sandbox.row, record);
  return sandbox;
}

/** Adds it as one that nobody sees: it has no key and no labels yet. */
export function addLanding(
  vault: Vault,
  record: SandboxRecord,
  newKey: NewKey,
  writer: number,
): void {
  const { row } = insertRow(vault, record, newKey, IMPORTING);
  vault.connection.run('INSERT INTO imports VALUES (?, ?)', row, writer);
}

/** From now on it is seen. */
export function showLanding(vault: Vault, sandbox: OpenSandbox): void {
  const { connection, directory } = vault;
  const { record, row } = sandbox;
  const { kind, owner, key } = record;
  const digest = key === undefined ? null : directory.keyDigest(owner, key);
  connection.run('UPDATE sandboxes SET kind = ?, key = ? WHERE row = ?', kind, digest, row);
  connection.run('DELETE FROM imports WHERE sandbox = ?', row);
  insertLabels(vault, row, record);
}

function insertRow(vault: Vault, record: SandboxRecord, newKey: NewKey, kind: string): OpenSandbox {
  const { connection, directory, ring } = vault;
  const { id, owner, key, language, state, createTime, updateTime, expireTime } = record;
  ring.insert(newKey);
  return OpenSandbox.create(connection, newKey.keys, record, ({ tag, sealed }) => {
    const inserted = connection.get(
      `INSERT INTO sandboxes (id, kind, owner, key, language, state, create_time, update_time,
         expire_time, key_id, tag, text) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
       RETURNING row`,
      id,
      kind,
      directory.ownerDigest(owner),
      key === undefined || kind === IMPORTING ? null : directory.keyDigest(owner, key),
      language,
      state,
      createTime,
      updateTime,
      expireTime,
      newKey.keys.id,
      tag,
      sealed,
    );
    return inserted?.row as number;
  });
}

function insertLabels({ connection, directory }: Vault, row: number, record: SandboxRecord): void {
  const { kind, labels, createTime, id } = record;
  for (const [name, value] of Object.entries(labels)) {
    const label = directory.labelDigest(kind, name, value);
    connection.run('INSERT INTO labels VALUES (?, ?, ?, ?)', label, createTime, id, row);
  }
}

/** The patch is a checked copy. `save` has to follow. */
export function patchRecord(vault: Vault, sandbox: OpenSandbox, patch: SandboxPatch): void {
  sandbox.patch(patch);
  if (patch.labels === undefined) return;
  vault.connection.run('DELETE FROM labels WHERE sandbox = ?', sandbox.row);
  insertLabels(vault, sandbox.row, sandbox.record);
}
