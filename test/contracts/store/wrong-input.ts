/** What is refused, and changes nothing. */
import type {
  CheckpointRecord,
  ExecutionFinish,
  ExecutionStart,
  LeaseOwner,
  LeaseRequest,
  SandboxRecord,
} from '@belljar/store';
import { expect, it } from 'vitest';
import {
  type CreateStore,
  checkpoint,
  cycle,
  finish,
  leaseRequest,
  NOW,
  nested,
  owner,
  refused,
  sandbox,
  start,
  withSandboxes,
} from './records.js';

const badText = ['\ud800', 'a\0b', 7, null];
const badNumbers = [-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, '1', null];
const badJson = [
  1n,
  () => 1,
  Number.NaN,
  [undefined],
  new Date(0),
  new Map(),
  nested(201),
  cycle(),
];
const badLabels = [null, [], 'a', ...badText.map((value) => ({ name: value })), { '\ud800': 'a' }];
const badRecords = {
  kind: ['image', '', null],
  location: badText,
  id: ['', 'a/b', 'é', 'x'.repeat(129), 7],
  owner: badText,
  key: ['', ...badText],
  displayName: badText,
  language: ['perl', 'Python', null],
  labels: badLabels,
  state: ['lost', '', null],
  limits: badJson,
  createTime: badNumbers,
  updateTime: badNumbers,
  expireTime: badNumbers,
  survival: badJson,
};
const badStarts = {
  id: ['', 'x'.repeat(257), ...badText],
  kind: ['eval', null],
  requestHash: ['', 'ab', 'F'.repeat(64), `${'f'.repeat(64)}\n`, 7],
  code: ['\udfff', 1, null],
  request: badJson,
  startTime: badNumbers,
};
const badFile = { name: 'a', sizeBytes: -1, mimeType: 'a/b', sha256: '', change: 'created' };
const badFinishes = {
  status: ['running', 'done', null],
  endTime: badNumbers,
  outcome: badJson,
  files: ['none', [null], [badFile], [{ ...badFile, sizeBytes: 1, sha256: 'x' }]],
  inputs: [
    'none',
    [null],
    [{ name: 'a', sizeBytes: 1, sha256: '' }],
    [{ ...badFile, sha256: '0' }],
  ],
  sandbox: [null, { state: 'lost' }, { limits: 1n }],
};

const badCheckpoints = {
  id: ['', 'a/b', 'x'.repeat(129), 7],
  position: badNumbers,
  createTime: badNumbers,
  manifest: ['x', null, new Uint8Array(8 * 1_048_576 + 1)],
  blobs: ['x', [''], ['F'.repeat(64)]],
};

const badOwners = {
  id: ['', ...badText],
  pid: badNumbers,
  processStart: badText,
  host: badText,
  machine: badText,
};

/** One object for each bad value of each property. */
function eachOf<T>(values: Record<string, unknown[]>): Partial<T>[] {
  return Object.entries(values).flatMap(([name, bad]) =>
    bad.map((value) => ({ [name]: value }) as Partial<T>),
  );
}

export function describeWrongInput(create: CreateStore): void {
  it('refuses what cannot be stored as it is, and changes nothing', async () => {
    await using store = await withSandboxes(create, 'a');
    await store.beginExecution('a', start({ id: 'e' }));
    const before = await store.statistics();
    for (const part of eachOf<SandboxRecord>(badRecords)) {
      await refused(store.createSandbox(sandbox(part)));
    }
    const { displayName, labels, state, limits, updateTime, expireTime } = badRecords;
    const badPatches = { displayName, labels, state, limits, updateTime, expireTime };
    for (const part of eachOf<SandboxRecord>(badPatches)) {
      await refused(store.updateSandbox('a', part));
      await refused(store.finishExecution('a', 'e', finish({ sandbox: part })));
    }
    for (const part of eachOf<ExecutionStart>(badStarts)) {
      await refused(store.beginExecution('a', start(part)));
      await refused(store.appendExecution('a', { ...finish({}), ...start(part) }));
    }
    for (const part of eachOf<ExecutionFinish>(badFinishes)) {
      await refused(store.finishExecution('a', 'e', finish(part)));
      await refused(store.appendExecution('a', { ...start({ id: 'f' }), ...finish(part) }));
    }
    for (const part of eachOf<CheckpointRecord>(badCheckpoints)) {
      await refused(store.addCheckpoint('a', checkpoint(part)));
    }
    for (const position of badNumbers as number[]) {
      await refused(store.rewindJournal('a', position));
      await refused(store.getCheckpoint('a', { atMost: position }));
    }
    expect(await store.statistics()).toEqual(before);
    expect(await store.getExecution('a', 'e')).toMatchObject({ status: 'running' });
    expect(await store.getSandbox('a')).toEqual(sandbox({ id: 'a' }));
  });

  it('refuses queries that have no answer', async () => {
    await using store = await withSandboxes(create, 'a');
    for (const size of [0, 1_001, 1.5, -1, Number.NaN, '1', undefined] as number[]) {
      await refused(store.listSandboxes({ pageSize: size, now: NOW }));
      await refused(store.listExecutions('a', { limit: size }));
      await refused(store.expiredSandboxes(NOW, size));
    }
    for (const pageToken of ['', 'x', '!!', 'MTph\n', Buffer.from('-1:a').toString('base64url')]) {
      await refused(store.listSandboxes({ pageSize: 1, pageToken, now: NOW }));
    }
    await refused(store.listSandboxes({ pageSize: 1, now: NOW, labels: { a: '\ud800' } }));
    await refused(store.putBlob('a', 'x' as unknown as Uint8Array, 'd'));
    for (const draft of ['', undefined as unknown as string, 'x'.repeat(257)]) {
      await refused(store.putBlob('a', new Uint8Array(), draft));
      await refused(store.putBlobs('a', [new Uint8Array()], draft));
      await refused(store.releaseBlobs('a', draft));
    }
    for (const part of eachOf<LeaseOwner>(badOwners)) {
      await refused(store.acquireLease('a', leaseRequest({ owner: { ...owner('o'), ...part } })));
    }
    for (const part of eachOf<LeaseRequest>({ now: badNumbers, expireTime: badNumbers })) {
      await refused(store.acquireLease('a', leaseRequest(part)));
    }
    for (const epoch of badNumbers as number[]) {
      await refused(store.releaseLease('a', epoch));
      await refused(store.beginExecution('a', start({}), epoch));
    }
    await refused(store.renewLeases('', NOW));
    await refused(store.askForLease('a', ''));
    await refused(store.askedLeases('\ud800'));
    await refused(store.listSandboxes({ pageSize: 1, now: NOW, kind: 'x' as 'sandbox' }));
    expect(await store.getLease('a')).toBeUndefined();
  });
}
