/** The sealed record of a sandbox, and what this process knows of the one that it saw last. */
import type { DirectoryKeys } from '../../sealing/directory-keys.js';
import type { SandboxKeys } from '../../sealing/sandbox-keys.js';
import type { SandboxRecord } from '../../store.js';
import type { Connection, Row } from './connection.js';
import { corruptRow } from './sqlite-errors.js';

/** What is sealed in a sandbox's row. */
export interface SealedState {
  record: SandboxRecord;
  /** The greatest position that is or was. */
  lastPosition: number;
  /** Of the tags of its rows; hex. */
  mark: string;
  /** Number of the last line about it in the audit log. */
  audited: number;
}

/** What this process knows of the record that it wrote or read last. */
interface Memory {
  tag: Uint8Array;
  state: SealedState;
  /** The rows were those of this record. */
  verified: boolean;
}

const memories = new WeakMap<SandboxKeys, Memory>();

export function recall(keys: SandboxKeys, tag: Uint8Array): Memory | undefined {
  const memory = memories.get(keys);
  return memory && Buffer.compare(memory.tag, tag) === 0 ? memory : undefined;
}

/** The kind of a row that nobody sees yet. */
export const IMPORTING = 'importing';

/** The columns that `readState` takes. The text is read where it is not known. */
export const COLUMNS = `sandboxes.row, sandboxes.id, sandboxes.kind, language, state,
  sandboxes.create_time, update_time, sandboxes.expire_time, sandboxes.key, key_id, tag`;

/** A copy that may be changed. */
export function readState(
  connection: Connection,
  directory: DirectoryKeys,
  keys: SandboxKeys,
  columns: Row,
): SealedState {
  const tag = columns.tag as Uint8Array;
  const known = recall(keys, tag)?.state;
  if (known && !matches(columns, known.record))
    throw corruptRow(connection.file, columns.id as string, 'the record');
  if (known) return copyState(known);
  const id = columns.id as string;
  const sql = 'SELECT owner, text FROM sandboxes WHERE row = ?';
  const { owner, text } = connection.get(sql, columns.row as number) as Row;
  const plain = keys.unseal(['sandbox', id], { tag, sealed: text as Uint8Array });
  if (!plain) throw corruptRow(connection.file, id, 'the record');
  const state = JSON.parse(plain.toString()) as SealedState;
  const { record } = state;
  const isFound =
    same(owner, directory.ownerDigest(record.owner)) &&
    (columns.key === null ||
      same(columns.key, directory.keyDigest(record.owner, record.key ?? '')));
  if (!isFound) throw corruptRow(connection.file, id, 'what it is looked up by');
  remember(keys, tag, state, false);
  if (!matches(columns, state.record)) throw corruptRow(connection.file, id, 'the record');
  return state;
}

/** From now on this is what the tag stands for. Keeps a copy. */
export function remember(
  keys: SandboxKeys,
  tag: Uint8Array,
  state: SealedState,
  verified: boolean,
): void {
  memories.set(keys, { tag, state: copyState(state), verified });
}

const copyState = (state: SealedState): SealedState => ({ ...state, record: { ...state.record } });

/** State `deleting` needs no key, and takes none back. */
function matches(columns: Row, record: SandboxRecord): boolean {
  return (
    (columns.kind === record.kind || columns.kind === IMPORTING) &&
    columns.language === record.language &&
    (columns.state === record.state || columns.state === 'deleting') &&
    columns.create_time === record.createTime &&
    columns.update_time === record.updateTime &&
    columns.expire_time === record.expireTime
  );
}

const same = (found: unknown, expected: Buffer): boolean => expected.equals(found as Uint8Array);
