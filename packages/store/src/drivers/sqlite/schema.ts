/**
 * The tables, and the version that is written in the file.
 *
 * What a sandbox has to say is in columns named `text`, `outcome` and `manifest`: sealed under its own
 * key, each with the tag that authenticates it. What is looked up (owner, key, labels, execution ids,
 * content) is a digest under a key.
 *
 * A wrapped key lies after `pad`, in a table without a row id. There SQLite keeps at most 1,002 bytes
 * of a row in the tree and the rest on overflow pages of its own. Rows in the tree are copied when
 * pages are split or merged, and `secure_delete` does not clear what such a copy leaves behind;
 * overflow pages stay where they are and are cleared when they are freed.
 */
import type { DatabaseSync } from 'node:sqlite';
import { corrupt, unavailable } from './sqlite-errors.js';

export const SCHEMA_VERSION = 5;
/** Directories of before are not sealed. */
const FIRST_SEALED_VERSION = 3;
/** `Bjar`: tells the file from another application's. */
const APPLICATION_ID = 0x426a6172;

/** Most bytes of a row that SQLite keeps in the tree, at a page size of 4,096. */
export const PAD_BYTES = 1_002;

/** For which draft each was put: a digest of its id. */
const PENDING = `
CREATE TABLE pending (
  writer INTEGER NOT NULL,
  draft BLOB NOT NULL,
  hold INTEGER NOT NULL,
  PRIMARY KEY (writer, draft, hold)
) STRICT, WITHOUT ROWID;
CREATE INDEX pending_by_hold ON pending (hold);`;

const TABLES = `
CREATE TABLE sandboxes (
  row INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL,
  owner BLOB NOT NULL,
  key BLOB,
  language TEXT NOT NULL,
  state TEXT NOT NULL,
  create_time INTEGER NOT NULL,
  update_time INTEGER NOT NULL,
  expire_time INTEGER NOT NULL,
  key_id TEXT NOT NULL,
  tag BLOB NOT NULL,
  text BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX sandboxes_by_key ON sandboxes (key) WHERE key IS NOT NULL;
CREATE INDEX sandboxes_by_time ON sandboxes (kind, create_time, id);
CREATE INDEX sandboxes_by_owner ON sandboxes (kind, owner, create_time, id);
CREATE INDEX sandboxes_by_state ON sandboxes (kind, state, create_time, id);
CREATE INDEX sandboxes_by_language ON sandboxes (kind, language, create_time, id);
CREATE INDEX sandboxes_by_key_id ON sandboxes (key_id);
CREATE INDEX sandboxes_by_expiry ON sandboxes (expire_time, create_time, id);

CREATE TABLE keys (
  id TEXT PRIMARY KEY,
  pad BLOB NOT NULL,
  provider TEXT NOT NULL,
  wrapped BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE labels (
  label BLOB NOT NULL,
  create_time INTEGER NOT NULL,
  id TEXT NOT NULL,
  sandbox INTEGER NOT NULL,
  PRIMARY KEY (label, create_time, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX labels_by_sandbox ON labels (sandbox);

-- One that is whole has its outcome in its text, and no row in outcomes.
CREATE TABLE executions (
  sandbox INTEGER NOT NULL,
  position INTEGER NOT NULL,
  id BLOB NOT NULL,
  tag BLOB NOT NULL,
  text BLOB NOT NULL,
  whole INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (sandbox, position)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX executions_by_id ON executions (sandbox, id);

CREATE TABLE outcomes (
  sandbox INTEGER NOT NULL,
  position INTEGER NOT NULL,
  tag BLOB NOT NULL,
  text BLOB NOT NULL,
  outcome BLOB NOT NULL,
  PRIMARY KEY (sandbox, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE leases (
  sandbox INTEGER PRIMARY KEY,
  owner_id TEXT NOT NULL,
  owner TEXT NOT NULL,
  epoch INTEGER NOT NULL,
  expire_time INTEGER NOT NULL,
  released INTEGER NOT NULL,
  asked INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX leases_by_owner ON leases (owner_id);
CREATE INDEX leases_asked ON leases (owner_id) WHERE asked = 1;

CREATE TABLE checkpoints (
  sandbox INTEGER NOT NULL,
  position INTEGER NOT NULL,
  number INTEGER NOT NULL,
  id TEXT NOT NULL,
  tag BLOB NOT NULL,
  text BLOB NOT NULL,
  manifest BLOB NOT NULL,
  PRIMARY KEY (sandbox, position, number)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX checkpoints_by_id ON checkpoints (sandbox, id);

CREATE TABLE blobs (
  blob INTEGER PRIMARY KEY,
  file TEXT NOT NULL UNIQUE,
  size_bytes INTEGER NOT NULL
) STRICT;
CREATE TABLE holds (
  hold INTEGER PRIMARY KEY,
  sandbox INTEGER NOT NULL,
  digest BLOB NOT NULL,
  blob INTEGER NOT NULL,
  tag BLOB NOT NULL,
  text BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX holds_by_digest ON holds (sandbox, digest);
CREATE INDEX holds_by_blob ON holds (blob);
-- What points to a hold: an entry (checkpoint 0), or a checkpoint (position 0).
CREATE TABLE uses (
  sandbox INTEGER NOT NULL,
  checkpoint INTEGER NOT NULL,
  position INTEGER NOT NULL,
  hold INTEGER NOT NULL,
  PRIMARY KEY (sandbox, checkpoint, position, hold)
) STRICT, WITHOUT ROWID;
CREATE INDEX uses_by_hold ON uses (hold);

-- A sandbox that is being imported, and by whom: its kind is 'importing' until all of it is there.
CREATE TABLE imports (
  sandbox INTEGER PRIMARY KEY,
  writer INTEGER NOT NULL
) STRICT;

-- A process that puts content, what it put and did not commit yet, and its files without a blob.
CREATE TABLE writers (
  writer INTEGER PRIMARY KEY,
  process TEXT NOT NULL,
  time INTEGER NOT NULL
) STRICT;
${PENDING}
CREATE TABLE loose_files (
  writer INTEGER NOT NULL,
  file TEXT NOT NULL,
  PRIMARY KEY (writer, file)
) STRICT, WITHOUT ROWID;

CREATE TABLE audit (
  sequence INTEGER PRIMARY KEY,
  sandbox TEXT NOT NULL,
  tag BLOB NOT NULL,
  text BLOB NOT NULL,
  link BLOB NOT NULL
) STRICT;
`;

/** What makes the next version of each. Of drafts that began before, only the writer is known. */
const MIGRATIONS: Record<number, string> = {
  3: `
ALTER TABLE pending RENAME TO pending_3;
DROP INDEX pending_by_hold;
${PENDING}
INSERT INTO pending SELECT writer, x'', hold FROM pending_3;
DROP TABLE pending_3;`,
  4: 'ALTER TABLE executions ADD COLUMN whole INTEGER NOT NULL DEFAULT 0;',
};

/** Refuses what another program or a newer version wrote, before anything is changed. */
export function checkVersion(database: DatabaseSync, file: string): 'empty' | 'older' | 'ours' {
  const version = pragma(database, 'user_version');
  if (version === 0 && count(database) === 0) return 'empty';
  if (pragma(database, 'application_id') !== APPLICATION_ID || version < 1) {
    throw corrupt(file, 'it is a database of another program');
  }
  if (version > SCHEMA_VERSION) {
    throw unavailable(
      file,
      `a newer version of Belljar wrote it (schema ${version}; this one knows ${SCHEMA_VERSION})`,
    );
  }
  if (version < FIRST_SEALED_VERSION) {
    throw unavailable(
      file,
      `a version of Belljar before 0.2 wrote it, unsealed and without checkpoints: remove it, or give another directory`,
    );
  }
  return version < SCHEMA_VERSION ? 'older' : 'ours';
}

/** Inside a transaction. */
export function createTables(database: DatabaseSync): void {
  database.exec(TABLES);
  database.exec(`PRAGMA application_id = ${APPLICATION_ID}`);
  database.exec(`PRAGMA user_version = ${SCHEMA_VERSION}`);
}

/** Writes what is there, in a transaction. */
export function rewriteVersion(database: DatabaseSync): void {
  database.exec(`PRAGMA user_version = ${pragma(database, 'user_version')}`);
}

/** Inside a transaction. A process of the version before that has the file open is refused from then on. */
export function migrate(database: DatabaseSync): void {
  for (let version = pragma(database, 'user_version'); version < SCHEMA_VERSION; version += 1) {
    database.exec(MIGRATIONS[version] as string);
  }
  database.exec(`PRAGMA user_version = ${SCHEMA_VERSION}`);
}

function pragma(database: DatabaseSync, name: string): number {
  return Number(database.prepare(`PRAGMA ${name}`).get()?.[name]);
}

function count(database: DatabaseSync): number {
  return Number(database.prepare('SELECT count(*) AS n FROM sqlite_schema').get()?.n);
}
