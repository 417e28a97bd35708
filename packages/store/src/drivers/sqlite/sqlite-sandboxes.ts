/** Sandbox records in SQLite. */
import { checkKey, checkName, checkPageSize, checkWhole, invalid } from '../../check-input.js';
import { checkSandboxPatch, checkSandboxRecord } from '../../check-sandbox.js';
import type { AuditedDeed } from '../../contract/audit.js';
import { encodePageToken } from '../../page-token.js';
import { isTaken, noSandbox } from '../../refusals.js';
import type { ListSandboxesQuery, SandboxPage, SandboxRecord, SandboxStore } from '../../store.js';
import type { Connection, Row } from './connection.js';
import type { NewKey } from './key-ring.js';
import { type Condition, conditionsOf, countQuery, pageQuery } from './list-query.js';
import type { OpenSandbox } from './open-sandbox.js';
import { insertRecord, patchRecord } from './sandbox-rows.js';
import { COLUMNS, IMPORTING } from './sealed-state.js';
import type { Vault } from './vault.js';

export function createSqliteSandboxes(
  vault: Vault,
  erase: (id: string, what: 'delete' | 'expire') => Promise<void>,
): SandboxStore {
  const { connection } = vault;
  return {
    async createSandbox(record) {
      connection.assertOpen();
      const checked = checkSandboxRecord(record);
      const key = await vault.ring.create();
      await vault.write(() => addSandbox(vault, checked, key, 'create'));
    },
    async openSandbox(owner, key, makeRecord, now) {
      connection.assertOpen();
      const asked: Asked = [checkName(owner, 'owner'), checkKey(key), checkWhole(now, 'now')];
      const holder = await vault.read(() => keyHolder(vault, ...asked));
      if (holder) return { record: holder, created: false };
      const newKey = await vault.ring.create();
      return vault.write(() => openSandbox(vault, asked, makeRecord, newKey));
    },
    async getSandbox(id) {
      return vault.read(() => vault.sandbox(String(id))?.record);
    },
    async updateSandbox(id, patch) {
      connection.assertOpen();
      const checked = checkSandboxPatch(patch);
      return vault.write(() => {
        const sandbox = vault.changeable(String(id));
        if (sandbox.isBeingDeleted && checked.state !== 'deleting') throw noSandbox(id);
        patchRecord(vault, sandbox, checked);
        sandbox.save();
        return sandbox.record;
      });
    },
    async listSandboxes(query) {
      connection.assertOpen();
      const conditions = conditionsOf(query, vault.directory);
      return vault.read(() => listSandboxes(vault, query, conditions));
    },
    async deleteSandbox(id, what = 'delete') {
      connection.assertOpen();
      await erase(id, what);
    },
    async expiredSandboxes(now, limit) {
      connection.assertOpen();
      const values = [checkWhole(now, 'now'), checkPageSize(limit, 'limit')];
      return vault.read(() => {
        const rows = connection.all(
          `SELECT ${COLUMNS} FROM sandboxes INDEXED BY sandboxes_by_expiry
           WHERE expire_time <= ? AND kind <> '${IMPORTING}'
           ORDER BY expire_time, create_time, id LIMIT ?`,
          ...values,
        );
        return vault.openAll(rows).map(({ record }) => record);
      });
    },
  };
}

type Asked = [owner: string, key: string, now: number];

function openSandbox(
  vault: Vault,
  asked: Asked,
  makeRecord: () => SandboxRecord,
  newKey: NewKey,
): { record: SandboxRecord; created: boolean } {
  const [owner, key, now] = asked;
  const holder = keyHolder(vault, owner, key, now);
  if (holder) return { record: holder, created: false };
  const record = checkSandboxRecord(makeRecord());
  if (record.owner !== owner || record.key !== key) {
    throw invalid('record', 'must have the owner and the key that were asked for');
  }
  return {
    record: addSandbox(vault, record, newKey, 'create', undefined, now).record,
    created: true,
  };
}

/** Asks for no key but the new one. */
export function addSandbox(
  vault: Vault,
  record: SandboxRecord,
  newKey: NewKey,
  what: AuditedDeed,
  details?: unknown,
  now = record.createTime,
): OpenSandbox {
  requireFree(vault, record, now);
  const sandbox = insertRecord(vault, record, newKey);
  vault.saveAs(sandbox, what, details);
  return sandbox;
}

/** Throws `ALREADY_EXISTS` when another row has its id or key; one that has expired loses its key. */
export function requireFree(
  vault: Vault,
  { id, owner, key }: SandboxRecord,
  now: number,
  own = 0,
): void {
  const { connection } = vault;
  const known = 'SELECT 1 FROM sandboxes WHERE id = ? AND row <> ?';
  if (connection.get(known, id, own)) throw isTaken('id', id);
  if (key === undefined) return;
  const former = rowOfKey(vault, owner, key);
  if (former && isHeld(former, now)) throw isTaken('key', key);
  connection.run('UPDATE sandboxes SET key = NULL WHERE row = ?', former?.row ?? 0);
}

function rowOfKey({ connection, directory }: Vault, owner: string, key: string): Row | undefined {
  const sql = `SELECT ${COLUMNS} FROM sandboxes WHERE sandboxes.key = ?`;
  return connection.get(sql, directory.keyDigest(owner, key));
}

const isHeld = (row: Row, now: number): boolean =>
  row.state !== 'deleting' && (row.expire_time as number) > now;

function keyHolder(
  vault: Vault,
  owner: string,
  key: string,
  now: number,
): SandboxRecord | undefined {
  const row = rowOfKey(vault, owner, key);
  return row && isHeld(row, now) ? vault.open(row)?.record : undefined;
}

function listSandboxes(
  vault: Vault,
  query: ListSandboxesQuery,
  conditions: readonly Condition[],
): SandboxPage {
  const { connection } = vault;
  const { sql, values } = pageQuery(query, conditions, fewest(connection, query, conditions));
  const rows = connection.all(sql, ...values);
  const page = rows.slice(0, query.pageSize);
  const sandboxes = vault.openAll(page).map(({ record }) => record);
  const last = page.at(-1);
  const more = rows.length > page.length && last;
  const [createTime, id] = [last?.create_time as number, last?.id as string];
  return { sandboxes, nextPageToken: more ? encodePageToken({ createTime, id }) : undefined };
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
