/** Leases in memory: between engines of one process that share the store. */
import { checkWhole } from '../../check-input.js';
import { checkLeaseRequest, checkOwnerId } from '../../check-lease.js';
import { nextLease } from '../../next-lease.js';
import type { Lease, LeaseStore } from '../../store.js';
import { audit } from './memory-audit.js';
import {
  type MemorySandbox,
  type MemoryState,
  requireOpen,
  requireSandbox,
} from './memory-state.js';

export function createMemoryLeases(state: MemoryState): LeaseStore {
  return {
    async acquireLease(sandboxId, request) {
      requireOpen(state);
      const checked = checkLeaseRequest(request);
      const sandbox = requireSandbox(state, sandboxId);
      const isGone: typeof request.isGone = (owner) => request.isGone(owner);
      const result = nextLease(sandboxId, sandbox.lease, { ...checked, isGone });
      if (result.acquired) {
        if (result.lease.epoch !== sandbox.lease?.epoch) {
          interruptEntries(sandbox, checked.now);
          const isTaken = sandbox.lease !== undefined && !sandbox.lease.released;
          audit(state, {
            what: isTaken ? 'take-over' : 'open',
            sandboxId,
            owner: sandbox.record.owner,
            details: { epoch: result.lease.epoch },
          });
          sandbox.asked = false;
        }
        sandbox.lease = result.lease;
      }
      const { lease, acquired, previous } = result;
      return { lease: copyLease(lease), acquired, previous: previous && copyLease(previous) };
    },
    async getLease(sandboxId) {
      requireOpen(state);
      const lease = state.sandboxes.get(sandboxId)?.lease;
      return lease && copyLease(lease);
    },
    async renewLeases(ownerId, expireTime) {
      requireOpen(state);
      checkOwnerId(ownerId);
      checkWhole(expireTime, 'expireTime');
      const renewed: string[] = [];
      for (const { lease } of state.sandboxes.values()) {
        if (lease?.owner.id !== ownerId || lease.released) continue;
        lease.expireTime = expireTime;
        renewed.push(lease.sandboxId);
      }
      return renewed;
    },
    async releaseLease(sandboxId, epoch) {
      requireOpen(state);
      checkWhole(epoch, 'epoch');
      const lease = state.sandboxes.get(sandboxId)?.lease;
      if (lease?.epoch === epoch) lease.released = true;
    },
    async askForLease(sandboxId, askerId) {
      requireOpen(state);
      checkOwnerId(askerId);
      const sandbox = requireSandbox(state, sandboxId);
      const { lease } = sandbox;
      if (lease && !lease.released && lease.owner.id !== askerId) sandbox.asked = true;
    },
    async askedLeases(ownerId) {
      requireOpen(state);
      checkOwnerId(ownerId);
      const asked: string[] = [];
      for (const { lease, asked: isAsked } of state.sandboxes.values()) {
        if (isAsked && lease?.owner.id === ownerId && !lease.released) asked.push(lease.sandboxId);
      }
      return asked;
    },
  };
}

function interruptEntries(sandbox: MemorySandbox, now: number): void {
  for (const entry of sandbox.entries) {
    if (entry.status !== 'running') continue;
    entry.status = 'interrupted';
    entry.endTime = now;
  }
}

const copyLease = (lease: Lease): Lease => ({ ...lease, owner: { ...lease.owner } });
