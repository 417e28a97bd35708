/** The audit log in SQLite: each row is linked to the one before, under the directory's key. */
import type { AuditDeed, AuditEntry } from '../../contract/audit.js';
import type { DirectoryKeys } from '../../sealing/directory-keys.js';
import type { LeaseOwner } from '../../store.js';
import type { Connection, Row } from './connection.js';
import { corrupt } from './sqlite-errors.js';

const LINK_BYTES = 32;

export class AuditRows {
  readonly #connection: Connection;
  readonly #keys: DirectoryKeys;
  readonly #who: LeaseOwner;

  constructor(connection: Connection, keys: DirectoryKeys, who: LeaseOwner) {
    this.#connection = connection;
    this.#keys = keys;
    this.#who = who;
  }

  /** Inside the transaction of the deed, which the sandbox's record follows. Returns the line's number. */
  append(deed: AuditDeed): number {
    return this.#append(deed, deed.sandboxId ?? '');
  }

  /** A line that no record follows. */
  tell(deed: AuditDeed): number {
    return this.#append(deed, '');
  }

  #append({ sandboxId, owner, what, details }: AuditDeed, followedBy: string): number {
    const last = this.last();
    const sequence = last.sequence + 1;
    const { id: engine, pid, host } = this.#who;
    const entry = { time: Date.now(), what, sandboxId, owner, engine, pid, host, details };
    const { tag, sealed } = this.#keys.sealAudit(sequence, followedBy, JSON.stringify(entry));
    const link = this.#keys.link(last.link, sequence, tag);
    const sql = 'INSERT INTO audit VALUES (?, ?, ?, ?, ?)';
    this.#connection.run(sql, sequence, followedBy, tag, sealed, link);
    return sequence;
  }

  last(): { sequence: number; link: Uint8Array } {
    const row = this.#connection.get(
      'SELECT sequence, link FROM audit ORDER BY sequence DESC LIMIT 1',
    );
    if (!row) return { sequence: 0, link: new Uint8Array(LINK_BYTES) };
    return { sequence: row.sequence as number, link: row.link as Uint8Array };
  }

  page(after: number, limit: number): Row[] {
    const sql = 'SELECT * FROM audit WHERE sequence > ? ORDER BY sequence LIMIT ?';
    return this.#connection.all(sql, after, limit);
  }

  /** Undefined when the row is not what was written. */
  open(row: Row): AuditEntry | undefined {
    const sequence = row.sequence as number;
    const sealed = { tag: row.tag as Uint8Array, sealed: row.text as Uint8Array };
    const plain = this.#keys.unsealAudit(sequence, row.sandbox as string, sealed);
    if (!plain) return undefined;
    return { sequence, ...(JSON.parse(plain.toString()) as Omit<AuditEntry, 'sequence'>) };
  }

  require(row: Row): AuditEntry {
    const entry = this.open(row);
    if (entry) return entry;
    throw corrupt(this.#connection.file, `line ${row.sequence} of the audit log was changed`);
  }

  /** The link that a row must have after the one before. */
  linkOf(before: Uint8Array, row: Row): Buffer {
    return this.#keys.link(before, row.sequence as number, row.tag as Uint8Array);
  }
}
