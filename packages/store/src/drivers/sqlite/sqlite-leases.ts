/** Leases in SQLite: between all processes that have the directory open. */
import { checkWhole } from '../../check-input.js';
import { checkLeaseRequest, checkOwnerId } from '../../check-lease.js';
import { nextLease } from '../../next-lease.js';
import type { Lease, LeaseRequest, LeaseResult, LeaseStore } from '../../store.js';
import type { Connection, Row } from './connection.js';
import { leaseOf, requireRow, rowOfId } from './sandbox-rows.js';

export function createSqliteLeases(connection: Connection): LeaseStore {
  return {
    async acquireLease(sandboxId, request) {
      connection.assertOpen();
      const checked = checkLeaseRequest(request);
      const isGone: LeaseRequest['isGone'] = (owner) => request.isGone(owner);
      return connection.write(() => acquire(connection, sandboxId, { ...checked, isGone }));
    },
    async getLease(sandboxId) {
      return connection.read(() => {
        const row = rowOfId(connection, sandboxId);
        return row && leaseOf(connection, row);
      });
    },
    async renewLeases(ownerId, expireTime) {
      connection.assertOpen();
      checkOwnerId(ownerId);
      checkWhole(expireTime, 'expireTime');
      return connection.write(() => {
        connection.run(
          'UPDATE leases SET expire_time = ? WHERE owner_id = ? AND released = 0',
          expireTime,
          ownerId,
        );
        return connection
          .all(
            `SELECT id FROM leases JOIN sandboxes ON sandboxes.row = leases.sandbox
             WHERE owner_id = ? AND released = 0`,
            ownerId,
          )
          .map(({ id }) => id as string);
      });
    },
    async releaseLease(sandboxId, epoch) {
      connection.assertOpen();
      checkWhole(epoch, 'epoch');
      await connection.write(() =>
        connection.run(
          `UPDATE leases SET released = 1 WHERE epoch = ?
           AND sandbox = (SELECT row FROM sandboxes WHERE id = ?)`,
          epoch,
          sandboxId,
        ),
      );
    },
    async askForLease(sandboxId, askerId) {
      connection.assertOpen();
      checkOwnerId(askerId);
      await connection.write(() => {
        const { row } = requireRow(connection, sandboxId) as { row: number };
        const sql = 'UPDATE leases SET asked = 1 WHERE sandbox = ? AND owner_id <> ?';
        connection.run(`${sql} AND released = 0`, row, askerId);
      });
    },
    async askedLeases(ownerId) {
      connection.assertOpen();
      checkOwnerId(ownerId);
      const rows = await connection.read(() =>
        connection.all(
          `SELECT id FROM leases INDEXED BY leases_asked
           JOIN sandboxes ON sandboxes.row = leases.sandbox
           WHERE owner_id = ? AND asked = 1 AND released = 0`,
          ownerId,
        ),
      );
      return rows.map(({ id }) => id as string);
    },
  };
}

function acquire(connection: Connection, sandboxId: string, request: LeaseRequest): LeaseResult {
  const row = requireRow(connection, sandboxId);
  const current = leaseOf(connection, row);
  const result = nextLease(sandboxId, current, request);
  if (!result.acquired) return result;
  if (result.lease.epoch !== current?.epoch) interruptEntries(connection, row, request.now);
  store(connection, row, result.lease, current);
  return result;
}

function store(
  connection: Connection,
  row: Row,
  { owner, epoch, expireTime }: Lease,
  current: Lease | undefined,
): void {
  if (epoch === current?.epoch) {
    const sql = 'UPDATE leases SET expire_time = ? WHERE sandbox = ?';
    connection.run(sql, expireTime, row.row as number);
    return;
  }
  connection.run(
    'INSERT OR REPLACE INTO leases VALUES (?, ?, ?, ?, ?, 0, 0)',
    row.row as number,
    owner.id,
    JSON.stringify(owner),
    epoch,
    expireTime,
  );
}

function interruptEntries(connection: Connection, row: Row, now: number): void {
  connection.run(
    `UPDATE executions SET interrupt_time = ?
     WHERE sandbox = ? AND interrupt_time IS NULL AND NOT EXISTS (SELECT 1 FROM outcomes AS o
       WHERE o.sandbox = executions.sandbox AND o.position = executions.position)`,
    now,
    row.row as number,
  );
}
