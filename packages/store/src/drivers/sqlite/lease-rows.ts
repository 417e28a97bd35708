/** Leases as rows. */
import type { Lease, LeaseOwner } from '../../store.js';
import type { Connection } from './connection.js';

export function leaseOf(
  connection: Connection,
  { id, row }: { id: string; row: number },
): Lease | undefined {
  const found = connection.get('SELECT * FROM leases WHERE sandbox = ?', row);
  return (
    found && {
      sandboxId: id,
      owner: JSON.parse(found.owner as string) as LeaseOwner,
      epoch: found.epoch as number,
      expireTime: found.expire_time as number,
      released: found.released === 1,
    }
  );
}
