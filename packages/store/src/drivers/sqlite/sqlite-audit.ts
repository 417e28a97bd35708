/** The audit log as callers see it. */

import { checkDeed, checkHead } from '../../check-audit.js';
import { checkPageSize, checkWhole, requireObject } from '../../check-input.js';
import type { AuditHead, AuditLog, AuditVerdict } from '../../contract/audit.js';
import type { Row } from './connection.js';
import { COLUMNS, IMPORTING } from './sealed-state.js';
import type { Vault } from './vault.js';

const LINES_AT_ONCE = 1_000;
const START: AuditHead = { sequence: 0, link: '0'.repeat(64) };

export function createSqliteAudit(vault: Vault): AuditLog {
  const { connection, audit } = vault;
  async function head(): Promise<AuditHead> {
    const { sequence, link } = await connection.read(() => audit.last());
    return { sequence, link: hex(link) };
  }
  return {
    head,
    async append(deed) {
      connection.assertOpen();
      const checked = checkDeed(deed);
      return connection.write(() => audit.tell(checked));
    },
    async list(query) {
      connection.assertOpen();
      requireObject(query, 'query');
      const after = checkWhole(query.after ?? 0, 'after');
      const limit = checkPageSize(query.limit, 'limit');
      return connection.read(() => audit.page(after, limit).map((row) => audit.require(row)));
    },
    async verify(pinnedHead) {
      connection.assertOpen();
      const pinned = pinnedHead === undefined ? START : checkHead(pinnedHead);
      let last = START;
      let isPinned = pinned.sequence === 0;
      const lastOf = new Map<unknown, number>();
      const verdict = (reason: string): AuditVerdict => ({ ok: false, head: last, reason });
      for (;;) {
        const after = last.sequence;
        const rows = await connection.read(() => audit.page(after, LINES_AT_ONCE));
        for (const row of rows) {
          const reason = wrongWith(row, last);
          if (reason !== undefined) return verdict(reason);
          last = { sequence: row.sequence as number, link: hex(row.link as Uint8Array) };
          lastOf.set(row.sandbox, last.sequence);
          if (last.sequence !== pinned.sequence) continue;
          if (last.link !== pinned.link) return verdict(`line ${last.sequence} is another one`);
          isPinned = true;
        }
        if (rows.length < LINES_AT_ONCE) break;
      }
      if (!isPinned) {
        return verdict(`it ends at line ${last.sequence}, before the pinned ${pinned.sequence}`);
      }
      const older = await olderSandbox(last.sequence, lastOf);
      return older === undefined
        ? { ok: true, head: last }
        : verdict(`the sandbox '${older}' is older than the log`);
    },
  };

  /** One whose record does not know of the last line about it; what came later is not looked at. */
  async function olderSandbox(upTo: number, lastOf: Map<unknown, number>) {
    let after = 0;
    for (;;) {
      const page = await vault.read(() =>
        vault.openAll(
          connection.all(
            `SELECT ${COLUMNS} FROM sandboxes WHERE row > ? AND kind <> '${IMPORTING}'
             AND state <> 'deleting' ORDER BY row LIMIT ?`,
            after,
            LINES_AT_ONCE,
          ),
        ),
      );
      for (const { id, audited } of page) {
        if (audited <= upTo && audited !== lastOf.get(id)) return id;
      }
      const last = page.at(-1);
      if (!last) return undefined;
      after = last.row;
    }
  }

  function wrongWith(row: Row, before: AuditHead): string | undefined {
    const expected = before.sequence + 1;
    if (row.sequence !== expected) return `line ${expected} is missing`;
    const link = audit.linkOf(Buffer.from(before.link, 'hex'), row);
    if (hex(link) !== hex(row.link as Uint8Array) || !audit.open(row)) {
      return `line ${expected} is not what was written`;
    }
    return undefined;
  }
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
