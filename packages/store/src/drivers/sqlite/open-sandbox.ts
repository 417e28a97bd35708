/**
 * One sandbox inside a transaction: its record, and the mark of all its rows.
 *
 * The sealed record has a mark of the tags of the sandbox's entries, outcomes and checkpoints. Each
 * write to one of them writes the record too, so that a row that is missing, older or was taken away
 * before does not go with it.
 */

import { copySandbox } from '../../copy-sandbox.js';
import { requireEpoch } from '../../refusals.js';
import type { DirectoryKeys } from '../../sealing/directory-keys.js';
import { combine, type SandboxKeys } from '../../sealing/sandbox-keys.js';
import type { Binding, Sealed } from '../../sealing/seal.js';
import type { SandboxPatch, SandboxRecord } from '../../store.js';
import type { Connection, Row } from './connection.js';
import { leaseOf } from './lease-rows.js';
import {
  COLUMNS,
  IMPORTING,
  readState,
  recall,
  remember,
  type SealedState,
} from './sealed-state.js';
import { corruptRow } from './sqlite-errors.js';

type Bytes = Uint8Array<ArrayBuffer>;

/** A row as `OpenSandbox.open` takes it. */
export const ROW = `SELECT ${COLUMNS}, epoch, released FROM sandboxes
  LEFT JOIN leases ON leases.sandbox = sandboxes.row`;

export class OpenSandbox {
  readonly id: string;
  readonly row: number;
  readonly keys: SandboxKeys;
  readonly #connection: Connection;
  readonly #columns: Row;
  readonly #state: SealedState;
  readonly #mark: Buffer;
  /** What `save` writes beside the sealed record. */
  #patched: 'nothing' | 'times' | 'all' = 'nothing';

  private constructor(connection: Connection, keys: SandboxKeys, columns: Row, state: SealedState) {
    this.#connection = connection;
    this.keys = keys;
    this.#columns = columns;
    this.id = columns.id as string;
    this.row = columns.row as number;
    this.#state = state;
    this.#mark = Buffer.from(state.mark, 'hex');
  }

  /** Of a row with its lease's epoch, as `ROW` selects it. */
  static open(
    connection: Connection,
    directory: DirectoryKeys,
    keys: SandboxKeys,
    columns: Row,
  ): OpenSandbox {
    const state = readState(connection, directory, keys, columns);
    return new OpenSandbox(connection, keys, columns, state);
  }

  /** Adds the row; `insert` writes it and returns its number. */
  static create(
    connection: Connection,
    keys: SandboxKeys,
    record: SandboxRecord,
    insert: (sealed: Sealed) => number,
  ): OpenSandbox {
    const state = { record, lastPosition: 0, mark: '', audited: 0 };
    state.mark = keys.markOf(new Uint8Array()).toString('hex');
    const sealed = keys.seal(['sandbox', record.id], JSON.stringify(state));
    const row = insert(sealed);
    remember(keys, sealed.tag, state, true);
    return new OpenSandbox(
      connection,
      keys,
      { id: record.id, row, tag: sealed.tag as Bytes },
      state,
    );
  }

  /** A copy. */
  get record(): SandboxRecord {
    const { record } = this.#state;
    const isTaken = this.#columns.key === null && this.#columns.kind !== IMPORTING;
    const key = isTaken ? undefined : record.key;
    const state = this.#columns.state === 'deleting' ? 'deleting' : record.state;
    return copySandbox({ ...record, key, state });
  }

  /** The greatest position that is or was. */
  get lastPosition(): number {
    return this.#state.lastPosition;
  }

  set lastPosition(position: number) {
    this.#state.lastPosition = position;
  }

  get owner(): string {
    return this.#state.record.owner;
  }

  get isBeingDeleted(): boolean {
    return this.#columns.state === 'deleting';
  }

  /** Throws unless a write with this epoch is the lease's. */
  requireEpoch(epoch: number | undefined): this {
    const current = this.#columns.released === 0 ? this.#columns.epoch : undefined;
    if (current !== epoch) requireEpoch(this.id, leaseOf(this.#connection, this), epoch);
    return this;
  }

  seal(binding: Binding, value: unknown): Sealed {
    return this.keys.seal([...binding, this.id], JSON.stringify(value));
  }

  /** What was sealed for the binding; `what` names it where it was not. */
  unseal<T>(binding: Binding, tag: unknown, text: unknown, what: string): T {
    const sealed = { tag: tag as Uint8Array, sealed: text as Uint8Array };
    const plain = this.keys.unseal([...binding, this.id], sealed);
    if (!plain) throw this.corrupt(what);
    return JSON.parse(plain.toString()) as T;
  }

  corrupt(what: string): Error {
    return corruptRow(this.#connection.file, this.id, what);
  }

  /** The next position of the journal. */
  nextPosition(): number {
    this.#state.lastPosition += 1;
    return this.#state.lastPosition;
  }

  /** A row with this tag comes, or goes. */
  change(tag: Uint8Array): void {
    combine(this.#mark, this.keys.markOf(tag));
  }

  patch(patch: SandboxPatch): void {
    Object.assign(this.#state.record, patch);
    const { updateTime: _, expireTime: __, ...rest } = patch;
    if (Object.values(rest).some((value) => value !== undefined)) this.#patched = 'all';
    else if (this.#patched === 'nothing') this.#patched = 'times';
  }

  /** Number of the last line about it in the audit log. */
  get audited(): number {
    return this.#state.audited;
  }

  set audited(sequence: number) {
    this.#state.audited = sequence;
  }

  /** Writes the record. */
  save(): void {
    const connection = this.#connection;
    this.#state.mark = this.#mark.toString('hex');
    const { tag, sealed } = this.keys.seal(['sandbox', this.id], JSON.stringify(this.#state));
    const { state, updateTime, expireTime } = this.#state.record;
    if (this.#patched === 'nothing') {
      connection.run('UPDATE sandboxes SET tag = ?, text = ? WHERE row = ?', tag, sealed, this.row);
    } else if (this.#patched === 'times') {
      const sql = 'UPDATE sandboxes SET update_time = ?, expire_time = ?, tag = ?, text = ?';
      connection.run(`${sql} WHERE row = ?`, updateTime, expireTime, tag, sealed, this.row);
    } else {
      connection.run(
        `UPDATE sandboxes SET state = ?, update_time = ?, expire_time = ?, tag = ?, text = ?
         WHERE row = ?`,
        state,
        updateTime,
        expireTime,
        tag,
        sealed,
        this.row,
      );
    }
    this.#columns.tag = tag as Bytes;
    remember(this.keys, tag, this.#state, true);
  }

  /** As `verify`, unless this process verified or wrote this very record. */
  verifyOnce(): void {
    if (!recall(this.keys, this.#columns.tag as Uint8Array)?.verified) this.verify();
  }

  /** Throws when its rows are not those that the record was written with. */
  verify(): void {
    // One text is read much quicker than as many rows. Two equal tags would take each other away.
    const row = this.#connection.get(
      `SELECT count(DISTINCT tag) AS count, group_concat(hex(tag), '') AS tags FROM (
         SELECT tag FROM executions WHERE sandbox = ?1 UNION ALL
         SELECT tag FROM outcomes WHERE sandbox = ?1 UNION ALL
         SELECT tag FROM checkpoints WHERE sandbox = ?1)`,
      this.row,
    ) as { count: number; tags: string | null };
    const tags = Buffer.from(row.tags ?? '', 'hex');
    const whole = tags.length === 16 * row.count && this.keys.markOf(tags).equals(this.#mark);
    if (!whole) throw this.corrupt('the journal');
    remember(this.keys, this.#columns.tag as Uint8Array, this.#state, true);
  }
}
