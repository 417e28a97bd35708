/** Who gets a lease: the rules that every driver follows. */
import type { Lease, LeaseRequest, LeaseResult } from './store.js';

/** The asker's request as it was checked, and its own word on who is gone. */
export function nextLease(
  sandboxId: string,
  current: Lease | undefined,
  { owner, now, expireTime, isGone }: LeaseRequest,
): LeaseResult {
  if (current && !current.released) {
    if (current.owner.id === owner.id) {
      return { lease: { ...current, expireTime }, acquired: true, previous: undefined };
    }
    if (current.expireTime > now && !isGone({ ...current.owner })) {
      return { lease: current, acquired: false, previous: undefined };
    }
  }
  const epoch = (current?.epoch ?? 0) + 1;
  const lease = { sandboxId, owner, epoch, expireTime, released: false };
  return { lease, acquired: true, previous: current };
}
