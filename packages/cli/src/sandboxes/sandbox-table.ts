/** Sandboxes as tables. Their names and labels may come from a model: they pass `safeLine`. */
import type { SandboxInfo, SnapshotInfo } from '@belljar/core';
import { safeLine } from '../terminal/safe-text.js';
import { survivalRows } from '../terminal/survival-rows.js';
import { table } from '../terminal/table.js';

const HEADER = ['ID', 'LANGUAGE', 'STATE', 'EXPIRES', 'OWNER', 'NAME AND LABELS'];

const SNAPSHOT_HEADER = ['ID', 'LANGUAGE', 'CREATED', 'EXPIRES', 'OWNER', 'NAME AND LABELS'];

const labelsOf = ({ labels }: Pick<SandboxInfo, 'labels'>): string =>
  Object.entries(labels)
    .map(([name, value]) => `${name}=${value}`)
    .join(' ');

/** `2026-12-06 10:15`, UTC: the seconds are noise in a list. */
const minutes = (time: string): string => time.slice(0, 16).replace('T', ' ');

export function sandboxTable(sandboxes: readonly SandboxInfo[], width: number): string {
  const rows = sandboxes.map((info) => [
    info.id,
    info.language,
    info.state,
    minutes(info.expireTime),
    info.owner,
    [info.displayName, labelsOf(info)].filter(Boolean).join('  '),
  ]);
  return table(HEADER, safeRows(rows), width);
}

export function snapshotTable(snapshots: readonly SnapshotInfo[], width: number): string {
  const rows = snapshots.map((info) => [
    info.id,
    info.language,
    minutes(info.createTime),
    minutes(info.expireTime),
    info.owner,
    [info.displayName, labelsOf(info)].filter(Boolean).join('  '),
  ]);
  return table(SNAPSHOT_HEADER, safeRows(rows), width);
}

export function oneSandboxTable(info: SandboxInfo, width: number): string {
  const { id, owner, displayName, language, state, resident, limits, survival } = info;
  const rows = [
    ['id', id],
    ['owner', owner],
    ['name', displayName],
    ['language', language],
    ['labels', labelsOf(info)],
    ['state', resident ? `${state}, in memory` : state],
    ['created', info.createTime],
    ['updated', info.updateTime],
    ['expires', info.expireTime],
    ...Object.entries(limits).map(([name, value]) => [name, value.toLocaleString('en')]),
    ...survivalRows(survival),
  ];
  return table(['SANDBOX', ''], safeRows(rows), width);
}

const safeRows = (rows: readonly (readonly string[])[]): string[][] =>
  rows.map((row) => row.map(safeLine));
