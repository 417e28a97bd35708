/** Leases in SQLite: between all processes that have the directory open. */
import { checkWhole } from '../../check-input.js';
import { checkLeaseRequest, checkOwnerId } from '../../check-lease.js';
import { nextLease } from '../../next-lease.js';
import type { Lease, LeaseRequest, LeaseResult, LeaseStore } from '../../store.js';
import type { Connection } from './connection.js';
import { interruptEntries } from './journal-rows.js';
import { leaseOf } from './lease-rows.js';
import type { OpenSandbox } from './open-sandbox.js';
import type { Vault } from './vault.js';

export function createSqliteLeases(vault: Vault): LeaseStore {
  const { connection } = vault;
  return {
    async acquireLease(sandboxId, request) {
      connection.assertOpen();
      const checked = checkLeaseRequest(request);
      const isGone: LeaseRequest['isGone'] = (owner) => request.isGone(owner);
      return vault.write(() => acquire(vault, sandboxId, { ...checked, isGone }));
    },
    async getLease(sandboxId) {
      return connection.read(() => {
        const sql = 'SELECT row FROM sandboxes WHERE id = ?';
        const row = connection.get(sql, String(sandboxId))?.row as number | undefined;
        return row === undefined ? undefined : leaseOf(connection, { id: sandboxId, row });
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
      await vault.write(() => {
        const { row } = vault.writable(sandboxId);
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

function acquire(vault: Vault, sandboxId: string, request: LeaseRequest): LeaseResult {
  const { connection } = vault;
  const sandbox = vault.writable(sandboxId);
  const current = leaseOf(connection, sandbox);
  const result = nextLease(sandboxId, current, request);
  if (!result.acquired) return result;
  store(connection, sandbox, result.lease, current);
  if (result.lease.epoch !== current?.epoch) {
    sandbox.verify();
    interruptEntries(vault, sandbox, request.now);
    const isTaken = current !== undefined && !current.released;
    vault.saveAs(sandbox, isTaken ? 'take-over' : 'open', { epoch: result.lease.epoch });
  }
  return result;
}

function store(
  connection: Connection,
  { row }: OpenSandbox,
  { owner, epoch, expireTime }: Lease,
  current: Lease | undefined,
): void {
  if (epoch === current?.epoch) {
    const sql = 'UPDATE leases SET expire_time = ? WHERE sandbox = ?';
    connection.run(sql, expireTime, row);
    return;
  }
  connection.run(
    'INSERT OR REPLACE INTO leases VALUES (?, ?, ?, ?, ?, 0, 0)',
    row,
    owner.id,
    JSON.stringify(owner),
    epoch,
    expireTime,
  );
}
