/** Which requests for a lease every driver accepts. */
import { checkName, checkWhole, invalid, requireObject } from './check-input.js';
import type { LeaseOwner, LeaseRequest } from './store.js';

/** The copy has no `isGone`: that is the caller's to call. */
export function checkLeaseRequest(request: LeaseRequest): Omit<LeaseRequest, 'isGone'> {
  requireObject(request, 'request');
  if (typeof request.isGone !== 'function') throw invalid('isGone', 'must be a function');
  return {
    owner: checkLeaseOwner(request.owner),
    now: checkWhole(request.now, 'now'),
    expireTime: checkWhole(request.expireTime, 'expireTime'),
  };
}

function checkLeaseOwner(owner: LeaseOwner): LeaseOwner {
  requireObject(owner, 'owner');
  return {
    id: checkOwnerId(owner.id),
    pid: checkWhole(owner.pid, 'owner.pid'),
    processStart: checkName(owner.processStart, 'owner.processStart'),
    host: checkName(owner.host, 'owner.host'),
    machine: checkName(owner.machine, 'owner.machine'),
  };
}

export function checkOwnerId(id: string): string {
  if (checkName(id, 'owner.id') === '') throw invalid('owner.id', 'must not be empty');
  return id;
}
