/** How SQLite evaluates the statements of `listSandboxes`, over 10,000 sandboxes. */
import { DatabaseSync } from 'node:sqlite';
import { beforeAll, describe, expect, it } from 'vitest';
import { DirectoryKeys } from '../../sealing/directory-keys.js';
import type { ListSandboxesQuery } from '../../store.js';
import { conditionsOf, countQuery, pageQuery, type Query } from './list-query.js';
import { createTables } from './schema.js';

const SANDBOXES = 10_000;
const NOW = 1_000_000;
const keys = new DirectoryKeys(new Uint8Array(32));
let database: DatabaseSync;
let rowsRead = 0;

/** Every hundredth is stopped, every tenth is JavaScript's; 100 owners; labels of many and of few. */
beforeAll(() => {
  database = new DatabaseSync(':memory:');
  createTables(database);
  const sandbox = database.prepare(
    `INSERT INTO sandboxes (row, id, kind, owner, language, state, create_time, update_time,
       expire_time, key_id, tag, text) VALUES (?, ?, ?, ?, ?, ?, ?, 0, ?, '', x'', x'')`,
  );
  const label = database.prepare('INSERT INTO labels VALUES (?, ?, ?, ?)');
  database.exec('BEGIN');
  for (let row = 1; row <= 2 * SANDBOXES; row += 1) {
    const time = Math.floor((row % SANDBOXES) / 3);
    // Half are snapshots, of the same owners and labels.
    const kind = row > SANDBOXES ? 'snapshot' : 'sandbox';
    const language = row % 10 === 0 ? 'javascript' : 'python';
    const state = row % 100 === 0 ? 'stopped' : 'running';
    const owner = keys.ownerDigest(`o${row % 100}`);
    sandbox.run(row, `s${row}`, kind, owner, language, state, time, NOW + 1);
    label.run(keys.labelDigest(kind, 'team', row % 2 === 0 ? 'even' : 'odd'), time, `s${row}`, row);
    if (row % 1_000 === 0) label.run(keys.labelDigest(kind, 'rare', 'yes'), time, `s${row}`, row);
  }
  database.exec('COMMIT');
  database.function('read_one', () => {
    rowsRead += 1;
    return 1;
  });
});

function all({ sql, values }: Query): Record<string, unknown>[] {
  return database.prepare(sql).all(...values);
}

function plan({ sql, values }: Query): string[] {
  return all({ sql: `EXPLAIN QUERY PLAN ${sql}`, values }).map(({ detail }) => String(detail));
}

function choose(query: ListSandboxesQuery): Query {
  const conditions = conditionsOf(query, keys);
  const counts = conditions.map((one) => all(countQuery(query, one))[0]?.n as number);
  return pageQuery(query, conditions, conditions[counts.indexOf(Math.min(...counts))]);
}

/** Every row whose other conditions are looked at is counted. */
function countRows({ sql, values }: Query): number {
  rowsRead = 0;
  all({ sql: sql.replace(' WHERE ', ' WHERE read_one() AND '), values });
  return rowsRead;
}

const page = { pageSize: 10, now: NOW };
const pageToken = Buffer.from('1000:s3001').toString('base64url');
const queries: [string, ListSandboxesQuery, string, number][] = [
  ['everything', page, 'sandboxes_by_time', 12],
  ['an owner', { ...page, owner: 'o7' }, 'sandboxes_by_owner', 12],
  ['a state', { ...page, state: 'stopped' }, 'sandboxes_by_state', 12],
  ['a language', { ...page, language: 'javascript' }, 'sandboxes_by_language', 12],
  ['a label', { ...page, labels: { team: 'odd' } }, 'labels USING PRIMARY KEY', 12],
  ['labels', { ...page, labels: { team: 'even', rare: 'yes' } }, 'labels USING PRIMARY KEY', 12],
  ['an owner’s label', { ...page, owner: 'o7', labels: { team: 'odd' } }, 'sandboxes_by_owner', 12],
  ['two that exclude each other', { ...page, owner: 'o7', labels: { team: 'even' } }, 'owner', 100],
  ['all of it', { ...page, owner: 'o0', state: 'stopped', language: 'javascript' }, 'owner', 12],
  ['what nobody has', { ...page, labels: { team: 'none' }, state: 'running' }, 'labels', 0],
];

describe('a page', () => {
  it.for(queries)('of %s comes from an index, in order', ([, query, index, most]) => {
    for (const one of [query, { ...query, pageToken }]) {
      const chosen = choose(one);
      const steps = plan(chosen);
      expect(steps.join('\n')).toContain(index);
      // Every table is searched, none is gone through, and nothing is sorted.
      for (const step of steps) {
        expect(step).toMatch(/^(SEARCH|CORRELATED SCALAR SUBQUERY|SCAN wanted VIRTUAL TABLE)/);
      }
      expect(countRows(chosen)).toBeLessThanOrEqual(most);
    }
  });

  it('is chosen by counting no more than 1,000 rows of each condition', () => {
    const query = { ...page, owner: 'o7', labels: { team: 'odd' } };
    const conditions = conditionsOf(query, keys);
    expect(conditions.map((one) => all(countQuery(query, one))[0]?.n)).toEqual([1_000, 100]);
    for (const one of conditions)
      expect(plan(countQuery(query, one)).join('\n')).not.toMatch(/^SCAN san/);
  });

  it('follows the one before: all pages together are all that match, in order', () => {
    const seen: unknown[] = [];
    let token: string | undefined;
    for (;;) {
      const rows = all(choose({ ...page, pageSize: 7, labels: { team: 'odd' }, pageToken: token }));
      seen.push(...rows.slice(0, 7).map(({ row }) => row));
      if (rows.length < 8) break;
      const last = rows[6] as { create_time: number; id: string };
      token = Buffer.from(`${last.create_time}:${last.id}`).toString('base64url');
    }
    expect(seen.length).toBe(SANDBOXES / 2);
    expect(new Set(seen).size).toBe(SANDBOXES / 2);
  });
});
