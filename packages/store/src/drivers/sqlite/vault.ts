/** The database with its keys: transactions in which sandboxes are open. */
import { noSandbox } from '../../refusals.js';
import type { DirectoryKeys } from '../../sealing/directory-keys.js';
import type { AuditRows } from './audit-rows.js';
import type { Connection, Row } from './connection.js';
import type { KeyRing } from './key-ring.js';
import { OpenSandbox, ROW } from './open-sandbox.js';
import { IMPORTING } from './sealed-state.js';
import { corruptRow } from './sqlite-errors.js';

/** Ends a transaction of sandboxes whose keys are not in memory yet. */
class KeysNeeded extends Error {
  readonly ids: string[];

  constructor(ids: string[]) {
    super('keys are needed');
    this.ids = ids;
  }
}

export class Vault {
  readonly connection: Connection;
  readonly ring: KeyRing;
  readonly directory: DirectoryKeys;
  readonly audit: AuditRows;

  constructor(connection: Connection, ring: KeyRing, directory: DirectoryKeys, audit: AuditRows) {
    this.connection = connection;
    this.ring = ring;
    this.directory = directory;
    this.audit = audit;
  }

  /** As `Connection.snapshot`. `work` begins again when a key has to be unwrapped first. */
  read<T>(work: () => T): Promise<T> {
    return this.#withKeys(() => this.connection.snapshot(work));
  }

  /** As `Connection.write`. `work` begins again when a key has to be unwrapped first. */
  write<T>(work: () => T): Promise<T> {
    return this.#withKeys(() => this.connection.write(work));
  }

  async #withKeys<T>(attempt: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await attempt();
      } catch (error) {
        if (!(error instanceof KeysNeeded)) throw error;
        await this.ring.load(error.ids);
      }
    }
  }

  /** Undefined when it is being deleted and its key is gone already. */
  open(row: Row): OpenSandbox | undefined {
    const keyId = row.key_id as string;
    const keys = this.ring.known(keyId);
    if (keys) return OpenSandbox.open(this.connection, this.directory, keys, row);
    if (this.connection.get('SELECT 1 FROM keys WHERE id = ?', keyId))
      throw new KeysNeeded([keyId]);
    if (row.state === 'deleting') return undefined;
    throw corruptRow(this.connection.file, row.id as string, 'the key');
  }

  /** The same for many, whose keys are unwrapped together. */
  openAll(rows: readonly Row[]): OpenSandbox[] {
    const ids = rows
      .map((row) => row.key_id as string)
      .filter((id) => !this.ring.known(id) && !this.ring.isGone(id));
    if (ids.length > 0) throw new KeysNeeded(ids);
    return rows.flatMap((row) => this.open(row) ?? []);
  }

  sandbox(id: string): OpenSandbox | undefined {
    const row = this.connection.get(`${ROW} WHERE sandboxes.id = ?`, id);
    return row && row.kind !== IMPORTING ? this.open(row) : undefined;
  }

  /** One that is being imported. */
  landing(id: string): OpenSandbox {
    const row = this.connection.get(`${ROW} WHERE sandboxes.id = ?`, id);
    const sandbox = row?.kind === IMPORTING ? this.open(row) : undefined;
    if (!sandbox) throw noSandbox(id);
    sandbox.verifyOnce();
    return sandbox;
  }

  /** For a write: its rows are those that were written last, as far as this process knows. */
  changeable(id: string): OpenSandbox {
    const sandbox = this.sandbox(id);
    if (!sandbox) throw noSandbox(id);
    sandbox.verifyOnce();
    return sandbox;
  }

  /** For a write. Throws `NOT_FOUND` when it is not there or is being deleted. */
  writable(id: string): OpenSandbox {
    const sandbox = this.changeable(id);
    if (sandbox.isBeingDeleted) throw noSandbox(id);
    return sandbox;
  }

  /** For a write under a lease. Throws `LEASE_LOST` when the epoch is not the lease's. */
  leased(id: string, epoch: number | undefined): OpenSandbox {
    return this.writable(id).requireEpoch(epoch);
  }

  /** Tells the audit log of a deed. `save` has to follow. */
  tell(sandbox: OpenSandbox, what: string, details?: unknown): void {
    const { id, owner } = sandbox;
    sandbox.audited = this.audit.append({ what, sandboxId: id, owner, details });
  }

  /** Tells the audit log of a deed, and writes the sandbox's record. */
  saveAs(sandbox: OpenSandbox, what: string, details?: unknown): void {
    this.tell(sandbox, what, details);
    sandbox.save();
  }
}
