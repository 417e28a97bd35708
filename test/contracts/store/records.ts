/** What the contract's tests store, and how they look at it. */
import { hash, randomUUID } from 'node:crypto';
import {
  type CheckpointRecord,
  type ExecutionFinish,
  type ExecutionStart,
  type LeaseOwner,
  type LeaseRequest,
  type SandboxRecord,
  type Store,
  StoreError,
} from '@belljar/store';
import { expect } from 'vitest';

/** Makes an empty store. Each test closes its own. */
export type CreateStore = () => Store | Promise<Store>;

export const NOW = 1_800_000_000_000;
export const EMPTY = { sandboxes: 0, executions: 0, checkpoints: 0, blobs: 0, blobBytes: 0 };

export function sandbox(part: Partial<SandboxRecord>): SandboxRecord {
  return {
    id: randomUUID(),
    kind: 'sandbox',
    owner: 'owner',
    key: undefined,
    displayName: 'a sandbox',
    language: 'python',
    labels: {},
    state: 'running',
    limits: { timeoutMs: 1_000 },
    location: undefined,
    createTime: NOW - 1_000,
    updateTime: NOW - 1_000,
    expireTime: NOW + 1_000,
    survival: null,
    ...part,
  };
}

export function start(part: Partial<ExecutionStart>): ExecutionStart {
  const requestHash = hash('sha256', 'request');
  const request = { timeoutMs: 1, nested: [{}] };
  return {
    id: 'e',
    kind: 'execute',
    requestHash,
    code: 'x = "\0"',
    request,
    startTime: NOW,
    ...part,
  };
}

export function finish(part: Partial<ExecutionFinish>): ExecutionFinish {
  const created = { sizeBytes: 1, mimeType: 'text/plain', sha256: hash('sha256', 'x') };
  const files: ExecutionFinish['files'] = [
    { name: 'out/a\nb.txt', change: 'created', ...created },
    { name: 'big', change: 'changed', ...created, omitted: true },
    { name: 'old', change: 'removed', sizeBytes: 0, mimeType: 'text/plain', sha256: '' },
  ];
  const inputs = [{ name: 'in/a', sizeBytes: 1, sha256: hash('sha256', 'in') }];
  return { status: 'ok', endTime: NOW + 1, outcome: {}, files, inputs, ...part };
}

export function owner(id: string): LeaseOwner {
  return { id, pid: 1, processStart: '7', host: 'here', machine: 'boot' };
}

export function leaseRequest(part: Partial<LeaseRequest>): LeaseRequest {
  const isGone = () => false;
  return { owner: owner('one'), now: NOW, expireTime: NOW + 100, isGone, ...part };
}

export function nested(levels: number): unknown[] {
  let value: unknown[] = [];
  for (let level = 1; level < levels; level++) value = [value];
  return value;
}

export function cycle(): unknown[] {
  const value: unknown[] = [];
  value.push(value);
  return value;
}

export async function withSandboxes(create: CreateStore, ...ids: string[]): Promise<Store> {
  const store = await create();
  for (const id of ids) await store.createSandbox(sandbox({ id }));
  return store;
}

export function open(store: Store, owner: string, key: string, now = NOW) {
  const expireTime = now + 1_000;
  return store.openSandbox(owner, key, () => sandbox({ owner, key, expireTime }), now);
}

export async function list(store: Store, query: Partial<Parameters<Store['listSandboxes']>[0]>) {
  const page = await store.listSandboxes({ pageSize: 100, now: NOW, ...query });
  return page.sandboxes.map((record) => record.id).sort();
}

export async function refused(call: Promise<unknown>): Promise<void> {
  const error = await call.then(
    () => 'accepted',
    (reason: unknown) => reason,
  );
  expect(error).toMatchObject({ name: 'StoreError', code: 'INVALID_ARGUMENT' });
  expect(StoreError.isInstance(error)).toBe(true);
}

export function same(found: Uint8Array | undefined, expected: Uint8Array): boolean {
  return found !== undefined && Buffer.compare(found, expected) === 0;
}

export function checkpoint(part: Partial<CheckpointRecord>): CheckpointRecord {
  const manifest = Uint8Array.from([0, 255, 7]);
  return { id: 'c', position: 0, createTime: NOW, manifest, blobs: [], ...part };
}

/** Puts texts for a draft; resolves to their hashes. */
export function put(
  store: Store,
  id: string,
  draft: string,
  ...texts: string[]
): Promise<string[]> {
  const contents = texts.map((text) => Buffer.from(text));
  return store.putBlobs(id, contents, draft);
}

/** Journals an entry that has ended, with these contents as files. */
export async function ran(store: Store, id: string, entry: string, ...texts: string[]) {
  const hashes = await put(store, id, entry, ...texts);
  const files = hashes.map((sha256, index) => ({
    name: `f${index}`,
    change: 'created' as const,
    sizeBytes: 1,
    mimeType: 'text/plain',
    sha256,
  }));
  const ended = { ...start({ id: entry }), ...finish({ files, inputs: [] }) };
  return (await store.appendExecution(id, ended)).entry;
}

/** Of these texts, those that the sandbox holds. */
export async function held(store: Store, id: string, ...texts: string[]): Promise<string[]> {
  const found: string[] = [];
  for (const text of texts) {
    const content = await store.getBlob(id, hash('sha256', text));
    if (content) found.push(Buffer.from(content).toString());
  }
  return found;
}
