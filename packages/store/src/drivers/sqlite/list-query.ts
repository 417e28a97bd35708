/** The statement for one page of sandboxes, driven by the index that has the fewest rows to look at. */
import type { SQLInputValue } from 'node:sqlite';
import { checkName, checkPageSize, checkWhole, requireObject } from '../../check-input.js';
import { checkKind, checkLanguage, checkState } from '../../check-sandbox.js';
import { decodePageToken } from '../../page-token.js';
import type { DirectoryKeys } from '../../sealing/directory-keys.js';
import type { ListSandboxesQuery } from '../../store.js';
import { COLUMNS } from './sealed-state.js';

export interface Query {
  sql: string;
  values: SQLInputValue[];
}

/** One thing that a row must have, and the index whose rows all have it, in the order of pages. */
export interface Condition {
  index: string;
  value: SQLInputValue;
  label: boolean;
}

/** One statement for any number of labels. */
const HAS_ALL_LABELS = `NOT EXISTS (
  SELECT 1 FROM json_each(?) AS wanted WHERE NOT EXISTS (
    SELECT 1 FROM labels AS other WHERE other.label = unhex(wanted.value)
    AND other.create_time = sandboxes.create_time AND other.id = sandboxes.id))`;

/** Indexes with more rows than this count alike. */
const COUNT_UP_TO = 1_000;

export function conditionsOf(query: ListSandboxesQuery, keys: DirectoryKeys): Condition[] {
  requireObject(query, 'query');
  const conditions: Condition[] = [];
  const add = (index: string, value: SQLInputValue, label = false): void => {
    conditions.push({ index, value, label });
  };
  const kind = kindOf(query);
  if (query.labels !== undefined) requireObject(query.labels, 'labels');
  for (const [name, value] of Object.entries(query.labels ?? {})) {
    add(
      'label',
      keys.labelDigest(kind, checkName(name, 'labels'), checkName(value, 'labels')),
      true,
    );
  }
  if (query.owner !== undefined) add('owner', keys.ownerDigest(checkName(query.owner, 'owner')));
  if (query.state !== undefined) add('state', checkState(query.state));
  if (query.language !== undefined) add('language', checkLanguage(query.language));
  return conditions;
}

const kindOf = (query: ListSandboxesQuery): string => checkKind(query.kind ?? 'sandbox');

/** How many rows a condition has, up to a bound. A label's digest is of one kind only. */
export function countQuery(query: ListSandboxesQuery, { index, value, label }: Condition): Query {
  const rows = label
    ? 'labels WHERE label = ?'
    : `sandboxes INDEXED BY sandboxes_by_${index} WHERE ${index} = ? AND kind = ?`;
  return {
    sql: `SELECT count(*) AS n FROM (SELECT 1 FROM ${rows} LIMIT ${COUNT_UP_TO})`,
    values: label ? [value] : [value, kindOf(query)],
  };
}

/** Gives one row more than the page has, to tell whether there is another page. */
export function pageQuery(
  query: ListSandboxesQuery,
  conditions: readonly Condition[],
  driver: Condition | undefined,
): Query {
  const now = checkWhole(query.now, 'now');
  const limit = checkPageSize(query.pageSize, 'pageSize') + 1;
  const after = query.pageToken === undefined ? undefined : decodePageToken(query.pageToken);
  const place: SQLInputValue[] = [after?.createTime ?? -1, after?.id ?? ''];
  const table = driver?.label ? 'labels' : 'sandboxes';
  const from = driver?.label
    ? 'labels CROSS JOIN sandboxes ON sandboxes.row = labels.sandbox'
    : `sandboxes INDEXED BY sandboxes_by_${driver?.index ?? 'time'}`;
  const where = [
    `(${table}.create_time, ${table}.id) > (?, ?)`,
    'sandboxes.expire_time > ?',
    'sandboxes.kind = ?',
  ];
  const values = [...place, now, kindOf(query)];
  const otherLabels: string[] = [];
  for (const condition of conditions) {
    if (condition.label && condition !== driver) {
      otherLabels.push(Buffer.from(condition.value as Uint8Array).toString('hex'));
      continue;
    }
    where.push(condition.label ? 'labels.label = ?' : `sandboxes.${condition.index} = ?`);
    values.push(condition.value);
  }
  if (otherLabels.length > 0) {
    where.push(HAS_ALL_LABELS);
    values.push(JSON.stringify(otherLabels));
  }
  return {
    sql: `SELECT ${COLUMNS} FROM ${from} WHERE ${where.join(' AND ')} ORDER BY ${table}.create_time, ${table}.id LIMIT ?`,
    values: [...values, limit],
  };
}
