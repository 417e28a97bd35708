/** Checkpoints in SQLite: manifests as rows, what they refer to as blobs. */
import { checkAtMost, checkCheckpoint } from '../../check-checkpoint.js';
import { checkEpoch } from '../../check-input.js';
import { checkSandboxRecord } from '../../check-sandbox.js';
import { afterTheJournal, noCheckpoint, noSandbox } from '../../refusals.js';
import type { CheckpointRecord, CheckpointStore } from '../../store.js';
import { copyHolds } from './blob-holds.js';
import {
  findCheckpoint,
  insertCheckpoint,
  manifestBinding,
  removeCheckpoint,
  summaryOf,
  textOf,
} from './checkpoint-rows.js';
import type { Row } from './connection.js';
import type { OpenSandbox } from './open-sandbox.js';
import { addSandbox } from './sqlite-sandboxes.js';
import type { Vault } from './vault.js';
import type { Writer } from './writer.js';

export function createSqliteCheckpoints(vault: Vault, writer: Writer): CheckpointStore {
  const { connection } = vault;
  /** The checkpoint of the row that `find` gives. */
  async function read(
    sandboxId: string,
    find: (sandbox: OpenSandbox) => Row | undefined,
  ): Promise<CheckpointRecord | undefined> {
    const found = await vault.read(() => {
      const sandbox = vault.sandbox(sandboxId);
      if (!sandbox) return undefined;
      sandbox.verifyOnce();
      const row = find(sandbox);
      return row && { sandbox, row, text: textOf(sandbox, row) };
    });
    if (!found) return undefined;
    const { sandbox, row, text } = found;
    const { id, createTime, blobs } = text;
    const sealed = { tag: Buffer.from(text.tag, 'hex'), sealed: row.manifest as Uint8Array };
    const binding = [...manifestBinding(id), sandboxId];
    const manifest = await sandbox.keys.unsealLarge(binding, sealed);
    if (!manifest) throw sandbox.corrupt(`the manifest of checkpoint '${id}'`);
    const position = row.position as number;
    return { id, position, createTime, manifest: new Uint8Array(manifest), blobs };
  }
  return {
    async addCheckpoint(sandboxId, checkpoint, epoch) {
      connection.assertOpen();
      checkEpoch(epoch);
      const checked = checkCheckpoint(checkpoint);
      const keys = await vault.read(() => vault.writable(sandboxId).keys);
      const binding = [...manifestBinding(checked.id), sandboxId];
      const manifest = await keys.sealLarge(binding, checked.manifest);
      const unused = await vault.write(() => {
        const sandbox = vault.leased(sandboxId, epoch);
        if (sandbox.keys !== keys) throw noSandbox(sandboxId);
        const last = sandbox.lastPosition;
        if (checked.position > last) throw afterTheJournal(last);
        insertCheckpoint(vault, sandbox, checked, manifest);
        sandbox.save();
        return writer.endDraft(sandbox, checked.id);
      });
      await writer.afterDraft(sandboxId, checked.id, unused);
    },
    async getCheckpoint(sandboxId, query) {
      connection.assertOpen();
      const atMost = checkAtMost(query);
      return read(sandboxId, ({ row }) =>
        connection.get(
          `SELECT * FROM checkpoints WHERE sandbox = ? AND position <= ?
           ORDER BY position DESC, number DESC LIMIT 1`,
          row,
          atMost,
        ),
      );
    },
    async listCheckpoints(sandboxId) {
      return vault.read(() => {
        const sandbox = vault.sandbox(sandboxId);
        if (!sandbox) return [];
        sandbox.verify();
        const rows = connection.all(
          `SELECT position, number, id, tag, text FROM checkpoints WHERE sandbox = ?
           ORDER BY position, number`,
          sandbox.row,
        );
        return rows.map((row) => summaryOf(sandbox, row));
      });
    },
    async removeCheckpoint(sandboxId, checkpointId, epoch) {
      connection.assertOpen();
      checkEpoch(epoch);
      const files = await vault.write(() => {
        const sandbox = vault.leased(sandboxId, epoch);
        const row = findCheckpoint(vault, sandbox, String(checkpointId));
        if (!row) return [];
        const unused = removeCheckpoint(vault, sandbox, row, writer.id);
        sandbox.save();
        return unused;
      });
      await writer.removeFiles(files);
    },
    async copySandbox(sourceId, checkpointId, record) {
      connection.assertOpen();
      const checked = checkSandboxRecord(record);
      await vault.read(() => vault.writable(sourceId));
      const find = (source: OpenSandbox) => findCheckpoint(vault, source, String(checkpointId));
      const checkpoint = await read(sourceId, find);
      if (!checkpoint) throw noCheckpoint(sourceId, checkpointId);
      const newKey = await vault.ring.create();
      const binding = [...manifestBinding(checkpoint.id), checked.id];
      const manifest = await newKey.keys.sealLarge(binding, checkpoint.manifest);
      await vault.write(() => {
        const source = vault.writable(sourceId);
        if (!find(source)) throw noCheckpoint(sourceId, checkpointId);
        const what = checked.kind === 'snapshot' ? 'snapshot' : 'fork';
        const copy = addSandbox(vault, checked, newKey, what, { from: sourceId });
        copyHolds(connection, source, copy, checkpoint.blobs);
        insertCheckpoint(vault, copy, { ...checkpoint, position: 0 }, manifest);
        copy.save();
      });
    },
  };
}
