/** Who did what to which sandbox: lines that are only ever added, each linked to the one before. */
import type { OpaqueJson } from './sandboxes.js';

export type AuditedDeed =
  | 'create'
  | 'open'
  | 'execute'
  | 'fork'
  | 'snapshot'
  | 'rollback'
  | 'export'
  | 'import'
  | 'delete'
  | 'expire'
  | 'take-over'
  | 'rotate-keys';

/** What is told to the log. Nothing that a sandbox said. */
export interface AuditDeed {
  what: AuditedDeed | (string & {});
  sandboxId?: string | undefined;
  /** The sandbox's owner. */
  owner?: string | undefined;
  details?: OpaqueJson;
}

/** One line. */
export interface AuditEntry extends AuditDeed {
  /** 1 for the first; no number is left out. */
  sequence: number;
  time: number;
  /** Of the engine's process: its own id, and where it ran. */
  engine: string;
  pid: number;
  host: string;
}

/** Names all lines up to one: who keeps it elsewhere can tell an older copy of the store. */
export interface AuditHead {
  sequence: number;
  /** Lower-case hex. */
  link: string;
}

export interface AuditVerdict {
  ok: boolean;
  /** The last line that is right: the log's head where all of it is. */
  head: AuditHead;
  /** What is wrong, the first thing only; names the line. */
  reason?: string | undefined;
}

export interface AuditLog {
  /** Adds a line about something beside the store's own deeds. Resolves to its number. */
  append(deed: AuditDeed): Promise<number>;
  /**
   * Oldest first, from the first after `after`. `limit` is 1 to 1,000. `STORE_CORRUPT` names a line
   * that was changed.
   */
  list(query: { after?: number | undefined; limit: number }): Promise<AuditEntry[]>;
  head(): Promise<AuditHead>;
  /**
   * Looks at every line: none is changed, missing or elsewhere. With a head that was kept elsewhere,
   * also that the log still has it: it has not when lines were removed at its end, or the whole store
   * is an older copy.
   */
  verify(pinnedHead?: AuditHead): Promise<AuditVerdict>;
}
