/** Sandbox records in SQLite. */
import { checkKey, checkName, checkPageSize, checkWhole, invalid } from '../../check-input.js';
import { checkSandboxPatch, checkSandboxRecord } from '../../check-sandbox.js';
import { encodePageToken } from '../../page-token.js';
import { isTaken, noSandbox } from '../../refusals.js';
import type { ListSandboxesQuery, SandboxPage, SandboxRecord, SandboxStore } from '../../store.js';
import type { Connection } from './connection.js';
import { type Condition, conditionsOf, countQuery, pageQuery } from './list-query.js';
import { insertRecord, patchRecord, rowOfId, rowOfKey, toRecord } from './sandbox-rows.js';

export function createSqliteSandboxes(
  connection: Connection,
  erase: (id: string) => Promise<void>,
): SandboxStore {
  return {
    async createSandbox(record) {
      connection.assertOpen();
      const checked = checkSandboxRecord(record);
      await connection.write(() => addSandbox(connection, checked, checked.createTime));
    },
    async openSandbox(owner, key, makeRecord, now) {
      connection.assertOpen();
      const asked = {
        owner: checkName(owner, 'owner'),
        key: checkKey(key),
        now: checkWhole(now, 'now'),
      };
      return connection.write(() => openSandbox(connection, asked, makeRecord));
    },
    async getSandbox(id) {
      const row = await connection.read(() => rowOfId(connection, String(id)));
      return row && toRecord(connection, row);
    },
    async updateSandbox(id, patch) {
      connection.assertOpen();
      const checked = checkSandboxPatch(patch);
      return connection.write(() => {
        const row = rowOfId(connection, id);
        const gone = row?.state === 'deleting' && checked.state !== 'deleting';
        if (!row || gone) throw noSandbox(id);
        return patchRecord(connection, row, checked);
      });
    },
    async listSandboxes(query) {
      connection.assertOpen();
      const conditions = conditionsOf(query);
      return connection.read(() => listSandboxes(connection, query, conditions));
    },
    async deleteSandbox(id) {
      connection.assertOpen();
      await erase(id);
    },
    async expiredSandboxes(now, limit) {
      connection.assertOpen();
      const values = [checkWhole(now, 'now'), checkPageSize(limit, 'limit')];
      const rows = await connection.read(() =>
        connection.all(
          `SELECT sandboxes.*, sandbox_texts.text FROM sandboxes INDEXED BY sandboxes_by_expiry
           CROSS JOIN sandbox_texts ON sandbox_texts.sandbox = sandboxes.row
           WHERE expire_time <= ? ORDER BY expire_time, create_time, id LIMIT ?`,
          ...values,
        ),
      );
      return rows.map((row) => toRecord(connection, row));
    },
  };
}

function openSandbox(
  connection: Connection,
  { owner, key, now }: { owner: string; key: string; now: number },
  makeRecord: () => SandboxRecord,
): { record: SandboxRecord; created: boolean } {
  const holder = keyHolder(connection, owner, key, now);
  if (holder) return { record: holder, created: false };
  const record = checkSandboxRecord(makeRecord());
  if (record.owner !== owner || record.key !== key) {
    throw invalid('record', 'must have the owner and the key that were asked for');
  }
  addSandbox(connection, record, now);
  return { record, created: true };
}

/** Returns its row's number. */
export function addSandbox(connection: Connection, record: SandboxRecord, now: number): number {
  const { id, owner, key } = record;
  if (rowOfId(connection, id)) throw isTaken('id', id);
  if (key !== undefined) {
    if (keyHolder(connection, owner, key, now)) throw isTaken('key', key);
    // One that has expired or is being deleted loses it.
    const former = rowOfKey(connection, owner, key);
    if (former) {
      connection.run('UPDATE sandboxes SET key = NULL WHERE row = ?', former.row as number);
    }
  }
  return insertRecord(connection, record);
}

function keyHolder(
  connection: Connection,
  owner: string,
  key: string,
  now: number,
): SandboxRecord | undefined {
  const row = rowOfKey(connection, owner, key);
  if (!row || row.state === 'deleting' || (row.expire_time as number) <= now) return undefined;
  return toRecord(connection, row);
}

function listSandboxes(
  connection: Connection,
  query: ListSandboxesQuery,
  conditions: readonly Condition[],
): SandboxPage {
  const { sql, values } = pageQuery(query, conditions, fewest(connection, query, conditions));
  const rows = connection.all(sql, ...values);
  const sandboxes = rows.slice(0, query.pageSize).map((row) => toRecord(connection, row));
  const last = sandboxes.at(-1);
  const more = rows.length > sandboxes.length && last;
  return { sandboxes, nextPageToken: more ? encodePageToken(last) : undefined };
}

function fewest(
  connection: Connection,
  query: ListSandboxesQuery,
  conditions: readonly Condition[],
): Condition | undefined {
  if (conditions.length < 2) return conditions[0];
  const counted = conditions.map((condition) => {
    const { sql, values } = countQuery(query, condition);
    return { condition, rows: connection.get(sql, ...values)?.n as number };
  });
  return counted.reduce((best, next) => (next.rows < best.rows ? next : best)).condition;
}
