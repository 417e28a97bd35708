/** The audit log in memory. */
import { hash } from 'node:crypto';
import { checkDeed, checkHead } from '../../check-audit.js';
import { checkPageSize, checkWhole, requireObject } from '../../check-input.js';
import type { AuditDeed, AuditEntry, AuditHead, AuditLog } from '../../contract/audit.js';
import { copyJson } from '../../copy-json.js';
import { createLeaseOwner } from '../../lease-owner.js';
import { type MemoryState, requireOpen } from './memory-state.js';

const START = '0'.repeat(64);

export interface MemoryLine {
  entry: AuditEntry;
  link: string;
}

const { id: engine, pid, host } = createLeaseOwner();

/** Adds a line. Returns its number. */
export function audit({ lines }: MemoryState, deed: AuditDeed): number {
  const entry: AuditEntry = {
    ...deed,
    sequence: lines.length + 1,
    time: Date.now(),
    engine,
    pid,
    host,
  };
  lines.push({ entry, link: linkOf(lines.at(-1)?.link ?? START, entry) });
  return entry.sequence;
}

const linkOf = (before: string, entry: AuditEntry): string =>
  hash('sha256', before + JSON.stringify(entry));

export function createMemoryAudit(state: MemoryState): AuditLog {
  const head = (): AuditHead => {
    requireOpen(state);
    const { lines } = state;
    return { sequence: lines.length, link: lines.at(-1)?.link ?? START };
  };
  return {
    async append(deed) {
      requireOpen(state);
      return audit(state, checkDeed(deed));
    },
    async list(query) {
      requireOpen(state);
      requireObject(query, 'query');
      const after = checkWhole(query.after ?? 0, 'after');
      const limit = checkPageSize(query.limit, 'limit');
      const lines = state.lines.slice(after, after + limit);
      return lines.map(({ entry }) => ({ ...entry, details: copyJson(entry.details, 'details') }));
    },
    async head() {
      return head();
    },
    async verify(pinnedHead) {
      const found = head();
      if (pinnedHead === undefined) return { ok: true, head: found };
      const { sequence, link } = checkHead(pinnedHead);
      const ok = link === (sequence === 0 ? START : state.lines[sequence - 1]?.link);
      return ok
        ? { ok, head: found }
        : { ok, head: found, reason: `it has no such line ${sequence}` };
    },
  };
}
