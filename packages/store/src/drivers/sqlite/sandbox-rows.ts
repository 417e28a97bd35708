/** Sandbox records as rows. */
import type { SandboxPatch, SandboxRecord } from '../../store.js';
import type { NewKey } from './key-ring.js';
import { OpenSandbox } from './open-sandbox.js';
import type { Vault } from './vault.js';

/** Adds the record, sealed under a key of its own. */
export function insertRecord(vault: Vault, record: SandboxRecord, newKey: NewKey): OpenSandbox {
  const { connection, directory, ring } = vault;
  const { id, kind, owner, key, language, state, createTime, updateTime, expireTime } = record;
  ring.insert(newKey);
  const sandbox = OpenSandbox.create(connection, newKey.keys, record, ({ tag, sealed }) => {
    const inserted = connection.get(
      `INSERT INTO sandboxes (id, kind, owner, key, language, state, create_time, update_time,
         expire_time, key_id, tag, text) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
       RETURNING row`,
      id,
      kind,
      directory.ownerDigest(owner),
      key === undefined ? null : directory.keyDigest(owner, key),
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
  insertLabels(vault, sandbox.row, record);
  return sandbox;
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
