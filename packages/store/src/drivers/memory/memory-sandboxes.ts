/** Sandbox records in memory. */
import {
  checkKey,
  checkName,
  checkPageSize,
  checkWhole,
  invalid,
  requireObject,
} from '../../check-input.js';
import {
  checkKind,
  checkLanguage,
  checkSandboxPatch,
  checkSandboxRecord,
  checkState,
} from '../../check-sandbox.js';
import type { AuditedDeed } from '../../contract/audit.js';
import { copySandbox } from '../../copy-sandbox.js';
import { comparePositions, decodePageToken, encodePageToken } from '../../page-token.js';
import { isTaken } from '../../refusals.js';
import type { ListSandboxesQuery, SandboxPage, SandboxRecord, SandboxStore } from '../../store.js';
import { audit } from './memory-audit.js';
import {
  applyPatch,
  firstIndexAfter,
  type MemorySandbox,
  type MemoryState,
  requireOpen,
  requireSandbox,
} from './memory-state.js';

export function createMemorySandboxes(state: MemoryState): SandboxStore {
  return {
    async createSandbox(record) {
      requireOpen(state);
      addSandbox(state, checkSandboxRecord(record), 'create');
    },
    async openSandbox(owner, key, makeRecord, now) {
      requireOpen(state);
      return openSandbox(state, { owner, key, now }, makeRecord);
    },
    async getSandbox(id) {
      requireOpen(state);
      const sandbox = state.sandboxes.get(id);
      return sandbox && copySandbox(sandbox.record);
    },
    async updateSandbox(id, patch) {
      requireOpen(state);
      const checked = checkSandboxPatch(patch);
      const known = checked.state === 'deleting' ? state.sandboxes.get(id) : undefined;
      const sandbox = known ?? requireSandbox(state, id);
      applyPatch(sandbox, checked);
      return copySandbox(sandbox.record);
    },
    async listSandboxes(query) {
      requireOpen(state);
      return listSandboxes(state, query);
    },
    async deleteSandbox(id, what = 'delete') {
      requireOpen(state);
      const sandbox = state.sandboxes.get(id);
      if (!sandbox) return;
      audit(state, { what, sandboxId: id, owner: sandbox.record.owner });
      removeSandbox(state, sandbox);
    },
    async expiredSandboxes(now, limit) {
      requireOpen(state);
      return expiredSandboxes(state, checkWhole(now, 'now'), checkPageSize(limit, 'limit'));
    },
  };
}

function openSandbox(
  state: MemoryState,
  asked: { owner: string; key: string; now: number },
  makeRecord: () => SandboxRecord,
): { record: SandboxRecord; created: boolean } {
  const owner = checkName(asked.owner, 'owner');
  const key = checkKey(asked.key);
  const holder = keyHolder(state, owner, key, checkWhole(asked.now, 'now'));
  if (holder) return { record: copySandbox(holder.record), created: false };
  const record = checkSandboxRecord(makeRecord());
  if (record.owner !== owner || record.key !== key) {
    throw invalid('record', 'must have the owner and the key that were asked for');
  }
  addSandbox(state, record, 'create', undefined, asked.now);
  return { record: copySandbox(record), created: true };
}

/** The record is a checked copy and becomes the stored one. */
export function addSandbox(
  state: MemoryState,
  record: SandboxRecord,
  what: AuditedDeed,
  details?: unknown,
  now = record.createTime,
): MemorySandbox {
  const { id, owner, key } = record;
  if (state.sandboxes.has(id)) throw isTaken('id', id);
  const sandbox: MemorySandbox = {
    record,
    entries: [],
    entriesById: new Map(),
    lastPosition: 0,
    checkpoints: [],
    blobs: new Map(),
    uses: new Map(),
    drafts: new Map(),
    lease: undefined,
    asked: false,
  };
  if (key !== undefined) {
    if (keyHolder(state, owner, key, now)) throw isTaken('key', key);
    giveKey(state, owner, key, sandbox);
  }
  state.sandboxes.set(id, sandbox);
  state.ordered.splice(indexAfter(state, record), 0, sandbox);
  audit(state, { what, sandboxId: id, owner, details });
  return sandbox;
}

function keyHolder(
  state: MemoryState,
  owner: string,
  key: string,
  now: number,
): MemorySandbox | undefined {
  const holder = state.keys.get(owner)?.get(key);
  if (!holder || holder.record.state === 'deleting' || holder.record.expireTime <= now) return;
  return holder;
}

function giveKey(state: MemoryState, owner: string, key: string, sandbox: MemorySandbox): void {
  const ofOwner = state.keys.get(owner) ?? new Map<string, MemorySandbox>();
  state.keys.set(owner, ofOwner);
  const former = ofOwner.get(key);
  if (former) former.record.key = undefined;
  ofOwner.set(key, sandbox);
}

function takeKey(state: MemoryState, owner: string, key: string): void {
  const ofOwner = state.keys.get(owner);
  ofOwner?.delete(key);
  if (ofOwner?.size === 0) state.keys.delete(owner);
}

function listSandboxes(state: MemoryState, query: ListSandboxesQuery): SandboxPage {
  const matches = makeFilter(query);
  const pageSize = checkPageSize(query.pageSize, 'pageSize');
  let index =
    query.pageToken === undefined ? 0 : indexAfter(state, decodePageToken(query.pageToken));
  const sandboxes: SandboxRecord[] = [];
  for (; index < state.ordered.length; index++) {
    const { record } = state.ordered[index] as MemorySandbox;
    if (!matches(record)) continue;
    if (sandboxes.length === pageSize) {
      return { sandboxes, nextPageToken: encodePageToken(sandboxes.at(-1) as SandboxRecord) };
    }
    sandboxes.push(copySandbox(record));
  }
  return { sandboxes, nextPageToken: undefined };
}

function makeFilter(query: ListSandboxesQuery): (record: SandboxRecord) => boolean {
  requireObject(query, 'query');
  const now = checkWhole(query.now, 'now');
  const kind = checkKind(query.kind ?? 'sandbox');
  const owner = query.owner === undefined ? undefined : checkName(query.owner, 'owner');
  const state = query.state === undefined ? undefined : checkState(query.state);
  const language = query.language === undefined ? undefined : checkLanguage(query.language);
  if (query.labels !== undefined) requireObject(query.labels, 'labels');
  const labels = Object.entries(query.labels ?? {}).map(
    ([name, value]) => [checkName(name, 'labels'), checkName(value, 'labels')] as const,
  );
  return (record) =>
    record.expireTime > now &&
    record.kind === kind &&
    (owner === undefined || record.owner === owner) &&
    (state === undefined || record.state === state) &&
    (language === undefined || record.language === language) &&
    labels.every(([name, value]) => record.labels[name] === value);
}

function removeSandbox(state: MemoryState, sandbox: MemorySandbox): void {
  const { record } = sandbox;
  record.state = 'deleting';
  if (record.key !== undefined) takeKey(state, record.owner, record.key);
  state.ordered.splice(indexAfter(state, record) - 1, 1);
  state.sandboxes.delete(record.id);
}

function expiredSandboxes(state: MemoryState, now: number, limit: number): SandboxRecord[] {
  const expired = state.ordered.filter(({ record }) => record.expireTime <= now);
  expired.sort((left, right) => left.record.expireTime - right.record.expireTime);
  return expired.slice(0, limit).map(({ record }) => copySandbox(record));
}

function indexAfter(state: MemoryState, position: { createTime: number; id: string }): number {
  return firstIndexAfter(state.ordered, ({ record }) => comparePositions(record, position));
}
