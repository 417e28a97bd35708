/** What every store does. A driver is tested by `describeStore(name, create)`. */
import { hash, randomUUID } from 'node:crypto';
import {
  type ExecutionFinish,
  type ExecutionStart,
  type LeaseOwner,
  type LeaseRequest,
  type SandboxRecord,
  type Store,
  StoreError,
} from '@belljar/store';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { verifies } from '../helpers/verifies.js';

/** Makes an empty store. Each test closes its own. */
export type CreateStore = () => Store | Promise<Store>;

const NOW = 1_800_000_000_000;
const EMPTY = { sandboxes: 0, executions: 0, blobs: 0, blobBytes: 0 };

export function describeStore(name: string, create: CreateStore): void {
  describe(`store: ${name}`, () => {
    describe('sandboxes', () => describeSandboxes(create));
    describe('keys', () => describeKeys(create));
    describe('refused keys', () => describeKeyRefusals(create));
    describe('list', () => describeList(create));
    describe('paging', () => describePaging(create));
    describe('journal', () => describeJournal(create));
    describe('journal ends', () => describeJournalEnds(create));
    describe('leases', () => describeLeases(create));
    describe('journal under leases', () => describeLeasedJournal(create));
    describe('opaque values', () => describeOpaqueValues(create));
    describe('blobs', () => describeBlobs(create));
    describe('delete', () => describeDelete(create));
    describe('copies', () => describeCopies(create));
    describe('wrong input', () => describeWrongInput(create));
    describe('close', () => describeClose(create));
  });
}

function describeSandboxes(create: CreateStore): void {
  it('gives back what was stored', async () => {
    await using store = await create();
    const record = sandbox({ id: 'a', labels: JSON.parse('{"__proto__":"1","é":""}') });
    await store.createSandbox(record);
    expect(await store.getSandbox('a')).toEqual(record);
    expect(Object.entries((await store.getSandbox('a'))?.labels ?? {})).toEqual([
      ['__proto__', '1'],
      ['é', ''],
    ]);
    expect(await store.getSandbox('b')).toBeUndefined();
  });

  it('refuses an id twice', async () => {
    await using store = await create();
    await store.createSandbox(sandbox({ id: 'a', owner: 'first' }));
    const second = store.createSandbox(sandbox({ id: 'a', owner: 'second' }));
    await expect(second).rejects.toMatchObject({ code: 'ALREADY_EXISTS' });
    expect((await store.getSandbox('a'))?.owner).toBe('first');
  });

  it('changes what a patch has and leaves the rest', async () => {
    await using store = await create();
    const record = sandbox({ id: 'a', survival: { lost: [] } });
    await store.createSandbox(record);
    const patch = { state: 'stopped', labels: { team: 'b' }, survival: null } as const;
    const updated = await store.updateSandbox('a', { ...patch, displayName: undefined });
    expect(updated).toEqual({ ...record, ...patch });
    expect(await store.getSandbox('a')).toEqual(updated);
    const missing = store.updateSandbox('b', patch);
    await expect(missing).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('names expired sandboxes, longest expired first', async () => {
    await using store = await create();
    for (const [id, offset] of Object.entries({ a: 1, b: 0, c: -5, d: -2 })) {
      await store.createSandbox(sandbox({ id, expireTime: NOW + offset }));
    }
    const expired = async (limit: number) =>
      (await store.expiredSandboxes(NOW, limit)).map((record) => record.id);
    expect(await expired(10)).toEqual(['c', 'd', 'b']);
    expect(await expired(2)).toEqual(['c', 'd']);
  });
}

function describeKeys(create: CreateStore): void {
  it('creates one sandbox from many calls at once with one key', async () => {
    await using store = await create();
    const calls = Array.from({ length: 50 }, () => open(store, 'o', 'k'));
    const results = await Promise.all(calls);
    expect(results.filter((result) => result.created)).toHaveLength(1);
    expect(new Set(results.map((result) => result.record.id)).size).toBe(1);
    expect(await store.statistics()).toMatchObject({ sandboxes: 1 });
  });

  it('keeps keys of different owners apart', async () => {
    await using store = await create();
    const pairs = [
      ['a', 'bc'],
      ['ab', 'c'],
      ['', 'abc'],
      ['A', 'bc'],
    ] as const;
    for (const [owner, key] of pairs) {
      expect(await open(store, owner, key)).toMatchObject({
        created: true,
        record: { owner, key },
      });
    }
    expect(await store.statistics()).toMatchObject({ sandboxes: pairs.length });
  });

  it('gives a key anew when its sandbox has expired, is being deleted or is gone', async () => {
    await using store = await create();
    const first = await open(store, 'o', 'k');
    const { id, expireTime } = first.record;
    expect(await open(store, 'o', 'k', expireTime - 1)).toEqual({ ...first, created: false });
    const second = await open(store, 'o', 'k', expireTime);
    expect(second).toMatchObject({ created: true });
    expect((await store.getSandbox(id))?.key).toBeUndefined();
    await store.deleteSandbox(id);
    expect(await open(store, 'o', 'k', expireTime)).toEqual({ ...second, created: false });
    await store.updateSandbox(second.record.id, { state: 'deleting' });
    const third = await open(store, 'o', 'k', expireTime);
    expect(third).toMatchObject({ created: true });
    await store.deleteSandbox(third.record.id);
    expect(await open(store, 'o', 'k', expireTime)).toMatchObject({ created: true });
  });
}

function describeKeyRefusals(create: CreateStore): void {
  it('stores nothing when no right record is made', async () => {
    await using store = await create();
    const fail = () => {
      throw new Error('no record');
    };
    await expect(store.openSandbox('o', 'k', fail, NOW)).rejects.toThrow('no record');
    const wrong = store.openSandbox('o', 'k', () => sandbox({ owner: 'x', key: 'k' }), NOW);
    await expect(wrong).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    await open(store, 'o', 'k');
    const taken = store.createSandbox(sandbox({ owner: 'o', key: 'k' }));
    await expect(taken).rejects.toMatchObject({ code: 'ALREADY_EXISTS' });
    expect(await store.statistics()).toMatchObject({ sandboxes: 1 });
  });
}

function describeList(create: CreateStore): void {
  verifies('list.filter', 'the store lists by owner, state, language and all labels', async () => {
    await using store = await create();
    const labels = { team: 'a', 'x y': 'ü' };
    await store.createSandbox(sandbox({ id: 'all', owner: 'o', state: 'stopped', labels }));
    await store.createSandbox(sandbox({ id: 'js', language: 'javascript', labels: { team: 'a' } }));
    await store.createSandbox(sandbox({ id: 'none', labels: {} }));
    expect(await list(store, {})).toEqual(['all', 'js', 'none']);
    expect(await list(store, { owner: 'o' })).toEqual(['all']);
    expect(await list(store, { state: 'stopped' })).toEqual(['all']);
    expect(await list(store, { language: 'javascript' })).toEqual(['js']);
    expect(await list(store, { labels: { team: 'a' } })).toEqual(['all', 'js']);
    expect(await list(store, { labels })).toEqual(['all']);
    expect(await list(store, { labels, owner: 'other' })).toEqual([]);
    expect(await list(store, { labels: { team: 'A' } })).toEqual([]);
    for (const name of ['toString', '__proto__', "' OR 1=1 --", '%', 'tea_']) {
      expect(await list(store, { labels: JSON.parse(`{${JSON.stringify(name)}:"a"}`) })).toEqual(
        [],
      );
    }
  });

  it('takes as many labels as there are', async () => {
    await using store = await create();
    const labels = Object.fromEntries(Array.from({ length: 1_500 }, (_, i) => [`l${i}`, 'x']));
    await store.createSandbox(sandbox({ id: 'all', labels }));
    await store.createSandbox(sandbox({ id: 'few', labels: { l0: 'x' } }));
    expect(await list(store, { labels })).toEqual(['all']);
    expect(await list(store, { labels: { ...labels, l1499: 'y' } })).toEqual([]);
  });

  it('leaves expired sandboxes out from their expireTime on', async () => {
    await using store = await create();
    await store.createSandbox(sandbox({ id: 'a', expireTime: NOW + 1 }));
    expect(await list(store, { now: NOW })).toEqual(['a']);
    expect(await list(store, { now: NOW + 1 })).toEqual([]);
    await store.updateSandbox('a', { expireTime: NOW + 2 });
    expect(await list(store, { now: NOW + 1 })).toEqual(['a']);
  });
}

const rowSpec = fc.record({
  idPrefix: fc.constantFrom('a', 'B', '_', '9', '.'),
  createTime: fc.integer({ min: 0, max: 5 }),
  matching: fc.boolean(),
  expired: fc.boolean(),
});
const betweenPages = fc.record({
  added: fc.array(rowSpec, { maxLength: 3 }),
  removedIndexes: fc.array(fc.nat({ max: 30 }), { maxLength: 3 }),
});

function describePaging(create: CreateStore): void {
  verifies('list.filter', 'pages are as of a plain model while rows come and go', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(rowSpec, { maxLength: 20 }),
        fc.array(betweenPages, { maxLength: 12 }),
        fc.integer({ min: 1, max: 5 }),
        async (first, steps, pageSize) => {
          await using store = await create();
          await comparePages(store, [{ added: first, removedIndexes: [] }, ...steps], pageSize);
        },
      ),
      { numRuns: 200 },
    ),
  );

  it('says that there is no more when the last page is full', async () => {
    await using store = await create();
    for (const id of ['b', 'a']) await store.createSandbox(sandbox({ id }));
    const page = await store.listSandboxes({ pageSize: 2, now: NOW });
    expect(page.sandboxes.map((record) => record.id)).toEqual(['a', 'b']);
    expect(page.nextPageToken).toBeUndefined();
  });
}

type Step = typeof betweenPages extends fc.Arbitrary<infer T> ? T : never;

async function comparePages(store: Store, steps: Step[], pageSize: number): Promise<void> {
  let model: SandboxRecord[] = [];
  let last: SandboxRecord | undefined;
  let pageToken: string | undefined;
  let rows = 0;
  for (const { added, removedIndexes } of steps) {
    for (const { idPrefix, createTime, matching, expired } of added) {
      const labels: Record<string, string> = matching ? { hit: 'yes' } : {};
      const expireTime = expired ? NOW : NOW + 1;
      const id = `${idPrefix}${rows++}`;
      const record = sandbox({ id, createTime, labels, expireTime });
      model.push(record);
      await store.createSandbox(record);
    }
    for (const record of removedIndexes.flatMap((index) => model[index] ?? [])) {
      model = model.filter((other) => other !== record);
      await store.deleteSandbox(record.id);
    }
    const left = model
      .filter((row) => row.labels.hit === 'yes' && row.expireTime > NOW)
      .filter((row) => last === undefined || compareRows(row, last) > 0)
      .sort(compareRows);
    const query = { labels: { hit: 'yes' }, pageSize, pageToken, now: NOW };
    const page = await store.listSandboxes(query);
    expect(page.sandboxes).toEqual(left.slice(0, pageSize));
    expect(page.nextPageToken === undefined).toBe(left.length <= pageSize);
    if (page.nextPageToken === undefined) return;
    pageToken = page.nextPageToken;
    last = page.sandboxes.at(-1);
  }
}

function compareRows(left: SandboxRecord, right: SandboxRecord): number {
  if (left.createTime !== right.createTime) return left.createTime - right.createTime;
  return left.id === right.id ? 0 : left.id < right.id ? -1 : 1;
}

function describeJournal(create: CreateStore): void {
  it('lists entries in the order in which they began', async () => {
    await using store = await withSandboxes(create, 'a', 'b');
    const ids = ['z', 'y', '10', '9'];
    for (const id of ids) await store.beginExecution('a', start({ id }));
    await store.beginExecution('b', start({ id: 'z' }));
    await store.finishExecution('a', 'y', finish({ outcome: { stdout: 'hi' } }));
    const entries = await store.listExecutions('a', { limit: 1000 });
    expect(entries.map((entry) => entry.id)).toEqual(ids);
    expect(entries[0]).not.toHaveProperty('outcome');
    for (const [index, entry] of entries.entries()) {
      expect(entry.position).toBeGreaterThan(entries[index - 1]?.position ?? 0);
      const rest = await store.listExecutions('a', { after: entry.position, limit: 2 });
      expect(rest).toEqual(entries.slice(index + 1, index + 3));
    }
    expect(await store.listExecutions('c', { limit: 1 })).toEqual([]);
  });

  it('begins an id once, however many ask at once', async () => {
    await using store = await withSandboxes(create, 'a');
    const hashes = Array.from({ length: 50 }, (_, index) => hash('sha256', `${index}`));
    const results = await Promise.all(
      hashes.map((requestHash) => store.beginExecution('a', start({ id: 'e', requestHash }))),
    );
    const winners = results.filter((result) => result.created);
    expect(winners).toHaveLength(1);
    for (const { entry } of results) expect(entry).toEqual(winners[0]?.entry);
    expect(winners[0]?.entry).toMatchObject({ status: 'running', outcome: null, files: [] });
    expect(await store.statistics()).toMatchObject({ executions: 1 });
  });

  it('appends an ended entry once', async () => {
    await using store = await withSandboxes(create, 'a');
    const entry = { ...start({ id: 'f', kind: 'files' }), ...finish({}) };
    const calls = Array.from({ length: 9 }, () => store.appendExecution('a', entry));
    const results = await Promise.all(calls);
    expect(results.filter((result) => result.created)).toHaveLength(1);
    for (const result of results) expect(result.entry).toMatchObject(entry);
    expect(await store.getExecution('a', 'f')).toEqual(results[0]?.entry);
  });
}

function describeJournalEnds(create: CreateStore): void {
  it('ends an entry once, and with it what the sandbox gets', async () => {
    await using store = await withSandboxes(create, 'a');
    await store.beginExecution('a', start({ id: 'e' }));
    const ended = finish({ status: 'timeout', outcome: { text: '\ud800\0', deep: [[1.5]] } });
    const patch = { expireTime: NOW + 5_000, updateTime: NOW + 7 };
    await store.finishExecution('a', 'e', { ...ended, sandbox: patch });
    expect(await store.getExecution('a', 'e')).toEqual({
      ...start({ id: 'e' }),
      ...ended,
      position: expect.any(Number),
    });
    expect(await store.getSandbox('a')).toMatchObject(patch);
    const again = store.finishExecution('a', 'e', finish({ sandbox: { displayName: 'no' } }));
    await expect(again).rejects.toMatchObject({ code: 'ALREADY_EXISTS' });
    expect(await store.getExecution('a', 'e')).toMatchObject({ status: 'timeout' });
    expect((await store.getSandbox('a'))?.displayName).not.toBe('no');
    const never = store.finishExecution('a', 'never', finish({}));
    await expect(never).rejects.toMatchObject({ code: 'NOT_FOUND' });
    const repeated = await store.beginExecution('a', start({ id: 'e' }));
    expect(repeated).toMatchObject({ created: false, entry: { status: 'timeout' } });
  });

  it('abandons a running entry and gives its position to no other', async () => {
    await using store = await withSandboxes(create, 'a');
    const { entry } = await store.beginExecution('a', start({ id: 'e' }));
    await store.abandonExecution('a', 'e');
    await store.abandonExecution('a', 'e');
    expect(await store.getExecution('a', 'e')).toBeUndefined();
    expect(await store.statistics()).toMatchObject({ executions: 0 });
    const again = await store.beginExecution('a', start({ id: 'e' }));
    expect(again.created).toBe(true);
    expect(again.entry.position).toBeGreaterThan(entry.position);
    await store.finishExecution('a', 'e', finish({}));
    const ended = store.abandonExecution('a', 'e');
    await expect(ended).rejects.toMatchObject({ code: 'ALREADY_EXISTS' });
    expect(await store.getExecution('a', 'e')).toMatchObject({ status: 'ok' });
  });
}

function describeLeases(create: CreateStore): void {
  it('gives a sandbox to one owner, who keeps it until it is released', async () => {
    await using store = await withSandboxes(create, 'a', 'b');
    expect(await store.getLease('a')).toBeUndefined();
    const calls = Array.from({ length: 9 }, (_, index) => owner(`o${index}`));
    const results = await Promise.all(
      calls.map((one) => store.acquireLease('a', leaseRequest({ owner: one }))),
    );
    const [winner, ...more] = results.filter(({ acquired }) => acquired);
    expect(more).toEqual([]);
    const lease = winner?.lease;
    expect(lease).toMatchObject({ sandboxId: 'a', epoch: 1, released: false });
    for (const result of results) expect(result).toMatchObject({ lease, previous: undefined });
    expect(await store.getLease('a')).toEqual(lease);
    expect(await store.acquireLease('b', leaseRequest({}))).toMatchObject({ acquired: true });
    await store.releaseLease('a', 2);
    expect(await store.getLease('a')).toMatchObject({ released: false });
    await store.releaseLease('a', 1);
    await store.releaseLease('a', 1);
    await store.releaseLease('never', 1);
    const next = await store.acquireLease('a', leaseRequest({ owner: owner('next') }));
    expect(next).toMatchObject({
      acquired: true,
      lease: { epoch: 2, owner: { id: 'next' } },
      previous: { ...lease, released: true },
    });
  });

  it('renews an owner’s leases, and no other’s', async () => {
    await using store = await withSandboxes(create, 'a', 'b', 'c', 'd');
    for (const id of ['a', 'b', 'd']) await store.acquireLease(id, leaseRequest({}));
    await store.acquireLease('c', leaseRequest({ owner: owner('other') }));
    await store.releaseLease('b', 1);
    await store.deleteSandbox('d');
    expect(await store.renewLeases('one', NOW + 500)).toEqual(['a']);
    expect(await store.getLease('a')).toMatchObject({ epoch: 1, expireTime: NOW + 500 });
    expect(await store.getLease('b')).toMatchObject({ expireTime: NOW + 100 });
    expect(await store.getLease('c')).toMatchObject({ expireTime: NOW + 100 });
    const again = await store.acquireLease('a', leaseRequest({ expireTime: NOW + 700 }));
    const lease = { epoch: 1, expireTime: NOW + 700 };
    expect(again).toMatchObject({ acquired: true, previous: undefined, lease });
  });

  it('takes a lease over when it has expired, or its owner is gone', async () => {
    await using store = await withSandboxes(create, 'a');
    const first = await store.acquireLease('a', leaseRequest({}));
    const asked: string[] = [];
    const by = (id: string, part: Partial<LeaseRequest>) =>
      store.acquireLease('a', leaseRequest({ owner: owner(id), ...part }));
    const lives = (one: LeaseOwner) => {
      asked.push(one.id);
      return false;
    };
    const inTheWay = { acquired: false, lease: first.lease, previous: undefined };
    expect(await by('two', { now: NOW + 99, isGone: lives })).toEqual(inTheWay);
    expect(asked).toEqual(['one']);
    const taken = await by('two', { now: NOW + 100, expireTime: NOW + 300, isGone: lives });
    expect(taken).toMatchObject({ acquired: true, lease: { epoch: 2 }, previous: first.lease });
    const third = await by('three', { now: NOW + 101, isGone: ({ id }) => id === 'two' });
    expect(third).toMatchObject({ acquired: true, lease: { epoch: 3 }, previous: taken.lease });
    expect(await store.renewLeases('two', NOW + 900)).toEqual([]);
    await store.releaseLease('a', 2);
    expect(await store.getLease('a')).toEqual(third.lease);
  });

  it('has none of a sandbox that is not there, is being deleted or is gone', async () => {
    await using store = await withSandboxes(create, 'a', 'b');
    await store.acquireLease('a', leaseRequest({}));
    await store.deleteSandbox('a');
    await store.updateSandbox('b', { state: 'deleting' });
    for (const id of ['a', 'b', 'never']) {
      const asked = store.acquireLease(id, leaseRequest({}));
      await expect(asked).rejects.toMatchObject({ code: 'NOT_FOUND' });
    }
    expect(await store.getLease('a')).toBeUndefined();
    await store.createSandbox(sandbox({ id: 'a' }));
    expect(await store.getLease('a')).toBeUndefined();
  });
}

function describeLeasedJournal(create: CreateStore): void {
  it('takes writes of the lease’s epoch only, and none of a lease where there is none', async () => {
    await using store = await withSandboxes(create, 'a');
    await store.beginExecution('a', start({ id: 'before' }));
    const writes = (epoch: number | undefined, id: string) => [
      store.beginExecution('a', start({ id }), epoch),
      store.finishExecution('a', 'e', finish({}), epoch),
      store.abandonExecution('a', 'e', epoch),
      store.appendExecution('a', { ...start({ id: `${id}!` }), ...finish({}) }, epoch),
    ];
    const allLost = async (epoch: number | undefined) => {
      for (const result of await Promise.allSettled(writes(epoch, 'f'))) {
        expect(result).toMatchObject({ status: 'rejected', reason: { code: 'LEASE_LOST' } });
      }
    };
    await allLost(1);
    await store.acquireLease('a', leaseRequest({}));
    await store.beginExecution('a', start({ id: 'e' }), 1);
    await allLost(undefined);
    await allLost(2);
    await allLost(0);
    await store.acquireLease('a', leaseRequest({ owner: owner('two'), isGone: () => true }));
    await allLost(1);
    await store.releaseLease('a', 2);
    await allLost(2);
    const entries = await store.listExecutions('a', { limit: 9 });
    expect(entries.map(({ id, status }) => [id, status])).toEqual([
      ['before', 'interrupted'],
      ['e', 'interrupted'],
    ]);
    await store.beginExecution('a', start({ id: 'after' }));
  });

  it('marks what ran under a former lease, and lets the same request run again', async () => {
    await using store = await withSandboxes(create, 'a');
    await store.acquireLease('a', leaseRequest({}));
    const { entry } = await store.beginExecution('a', start({ id: 'e' }), 1);
    await store.appendExecution('a', { ...start({ id: 'done' }), ...finish({}) }, 1);
    await store.acquireLease('a', leaseRequest({ now: NOW + 1 }));
    expect(await store.getExecution('a', 'e')).toMatchObject({ status: 'running' });
    const now = NOW + 100;
    await store.acquireLease('a', leaseRequest({ owner: owner('two'), now }));
    const interrupted = { ...entry, status: 'interrupted', endTime: now, outcome: null };
    expect(await store.getExecution('a', 'e')).toEqual(interrupted);
    expect(await store.getExecution('a', 'done')).toMatchObject({ status: 'ok' });
    for (const call of [
      store.finishExecution('a', 'e', finish({}), 2),
      store.abandonExecution('a', 'e', 2),
    ]) {
      await expect(call).rejects.toMatchObject({ code: 'ALREADY_EXISTS' });
    }
    const otherHash = hash('sha256', 'other');
    const other = await store.beginExecution('a', start({ id: 'e', requestHash: otherHash }), 2);
    expect(other).toEqual({ entry: interrupted, created: false });
    const again = await store.beginExecution('a', start({ id: 'e' }), 2);
    expect(again).toMatchObject({ created: true, entry: { status: 'running' } });
    expect(again.entry.position).toBeGreaterThan(entry.position + 1);
    const entries = await store.listExecutions('a', { limit: 9 });
    expect(entries.map(({ id }) => id)).toEqual(['done', 'e']);
  });
}

function describeOpaqueValues(create: CreateStore): void {
  it('gives opaque values back as JSON would', async () => {
    await using store = await withSandboxes(create, 'a');
    let count = 0;
    const append = async (outcome: unknown) => {
      const id = `e${count++}`;
      await store.appendExecution('a', { ...start({ id }), ...finish({ outcome }) });
      return (await store.getExecution('a', id))?.outcome;
    };
    await fc.assert(
      fc.asyncProperty(fc.jsonValue({ stringUnit: 'binary' }), async (value) => {
        expect(await append(value)).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
    const own = JSON.parse('{"__proto__":{"a":1},"constructor":2}');
    expect(JSON.stringify(await append(own))).toBe(JSON.stringify(own));
    expect(await append({ left: undefined, kept: [-0] })).toStrictEqual({ kept: [0] });
    expect(await append(undefined)).toBeNull();
    expect(await append(nested(200))).toEqual(nested(200));
  });
}

function describeBlobs(create: CreateStore): void {
  it('gives content back, whole and as a stream', async () => {
    await using store = await withSandboxes(create, 'a');
    for (const sizeBytes of [0, 1, 65_536, 200_001]) {
      const content = Uint8Array.from({ length: sizeBytes }, (_, index) => index % 251);
      const sha256 = hash('sha256', content);
      expect(await store.putBlob('a', content)).toBe(sha256);
      expect(same(await store.getBlob('a', sha256), content)).toBe(true);
      const pieces: Uint8Array[] = [];
      for await (const piece of (await store.openBlob('a', sha256)) ?? []) pieces.push(piece);
      for (const piece of pieces) expect(piece.length).toBeLessThanOrEqual(65_536);
      expect(same(Buffer.concat(pieces), content)).toBe(true);
    }
    expect(await store.getBlob('a', hash('sha256', 'other'))).toBeUndefined();
    expect(await store.openBlob('a', hash('sha256', 'other'))).toBeUndefined();
  });

  it('keeps content of several sandboxes once, until the last is gone', async () => {
    await using store = await withSandboxes(create, 'a', 'b');
    const [shared, alone] = [Buffer.from('shared'), Buffer.from('alone')];
    const sharedHash = hash('sha256', shared);
    for (const id of ['a', 'b', 'a']) await store.putBlob(id, shared);
    await store.putBlob('a', alone);
    expect(await store.statistics()).toMatchObject({ blobs: 2, blobBytes: 11 });
    await store.deleteSandbox('a');
    expect(await store.statistics()).toMatchObject({ blobs: 1, blobBytes: 6 });
    expect(same(await store.getBlob('b', sharedHash), shared)).toBe(true);
    expect(await store.getBlob('a', sharedHash)).toBeUndefined();
    await store.deleteSandbox('b');
    expect(await store.statistics()).toEqual(EMPTY);
  });

  it('opens to a sandbox only what was put for it, whatever hash it knows', async () => {
    await using store = await withSandboxes(create, 'a', 'b');
    const secretHash = hash('sha256', 'secret');
    await store.putBlob('a', Buffer.from('secret'));
    expect(await store.getBlob('b', secretHash)).toBeUndefined();
    expect(await store.openBlob('b', secretHash)).toBeUndefined();
  });
}

function describeDelete(create: CreateStore): void {
  it('leaves nothing of a sandbox, and may be repeated', async () => {
    await using store = await withSandboxes(create, 'a');
    await store.beginExecution('a', start({ id: 'running' }));
    await store.appendExecution('a', { ...start({ id: 'done' }), ...finish({}) });
    await store.putBlob('a', Buffer.from('x'));
    await store.deleteSandbox('a');
    await store.deleteSandbox('a');
    await store.deleteSandbox('never');
    expect(await store.statistics()).toEqual(EMPTY);
    expect(await store.getSandbox('a')).toBeUndefined();
    expect(await store.getExecution('a', 'done')).toBeUndefined();
    expect(await list(store, {})).toEqual([]);
    await store.createSandbox(sandbox({ id: 'a' }));
    expect(await store.listExecutions('a', { limit: 9 })).toEqual([]);
    expect(await store.getBlob('a', hash('sha256', 'x'))).toBeUndefined();
  });

  it.for(['deleting', 'gone'])('refuses writes to a sandbox that is %s', async (what) => {
    await using store = await withSandboxes(create, 'a');
    await store.beginExecution('a', start({ id: 'e' }));
    if (what === 'gone') await store.deleteSandbox('a');
    else await store.updateSandbox('a', { state: 'deleting' });
    const writes = [
      store.updateSandbox('a', { state: 'running' }),
      store.beginExecution('a', start({ id: 'f' })),
      store.finishExecution('a', 'e', finish({})),
      store.abandonExecution('a', 'e'),
      store.appendExecution('a', { ...start({ id: 'g' }), ...finish({}) }),
      store.putBlob('a', Buffer.from('x')),
    ];
    for (const result of await Promise.allSettled(writes)) {
      expect(result).toMatchObject({ status: 'rejected', reason: { code: 'NOT_FOUND' } });
    }
    const lease = store.acquireLease('a', leaseRequest({}));
    await expect(lease).rejects.toMatchObject({ code: 'NOT_FOUND' });
    const mark = store.updateSandbox('a', { state: 'deleting' });
    if (what === 'gone') await expect(mark).rejects.toMatchObject({ code: 'NOT_FOUND' });
    else expect(await mark).toMatchObject({ state: 'deleting' });
    await store.deleteSandbox('a');
    expect(await store.statistics()).toEqual(EMPTY);
  });
}

function describeCopies(create: CreateStore): void {
  it('shares nothing with its callers', async () => {
    await using store = await create();
    const record = sandbox({ id: 'a', labels: { team: 'a' }, limits: { cpus: [2] } });
    await sameAfterDamage(
      record,
      () => store.createSandbox(record),
      () => store.getSandbox('a'),
    );
    const patch = { labels: { team: 'b' }, limits: { cpus: [3] }, survival: { lost: ['x'] } };
    await sameAfterDamage(
      patch,
      () => store.updateSandbox('a', patch),
      () => store.getSandbox('a'),
    );
    await store.beginExecution('a', start({ id: 'e' }));
    const ended = finish({ outcome: { displays: [{ 'text/plain': 'x' }] } });
    const end = () => store.finishExecution('a', 'e', ended);
    await sameAfterDamage(ended, end, () => store.getExecution('a', 'e'));
    await sameAfterDamage({}, end, () => store.listExecutions('a', { limit: 1 }));
    await sameAfterDamage({}, end, () => store.listSandboxes({ pageSize: 9, now: NOW }));
    await sameAfterDamage({}, end, () => store.expiredSandboxes(NOW + 9_999, 9));
    const opened = () => open(store, 'o', 'k');
    await sameAfterDamage({}, opened, opened);
    const request = leaseRequest({});
    const acquire = () => store.acquireLease('a', request);
    await sameAfterDamage(request.owner, acquire, () => store.getLease('a'));
    const content = Buffer.from('content');
    const sha256 = hash('sha256', content);
    await store.putBlob('a', content);
    (await store.getBlob('a', sha256))?.fill(0);
    for await (const piece of (await store.openBlob('a', sha256)) ?? []) piece.fill(0);
    expect(same(await store.getBlob('a', sha256), Buffer.from('content'))).toBe(true);
  });
}

/** Damages what went in and what came out; what comes out next must be as it was first. */
async function sameAfterDamage(
  input: object,
  write: () => Promise<unknown>,
  read: () => Promise<unknown>,
): Promise<void> {
  const written = await write().catch(() => undefined);
  const before = await read();
  const expected = structuredClone(before);
  for (const value of [input, written, before]) damage(value);
  expect(await read()).toEqual(expected);
}

function damage(value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  for (const [name, item] of Object.entries(value)) {
    damage(item);
    Object.assign(value, { [name]: 'damaged' });
  }
  Object.assign(value, { damaged: true });
}

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
  startTime: badNumbers,
};
const badFile = { name: 'a', sizeBytes: -1, mimeType: 'a/b', sha256: '', change: 'created' };
const badFinishes = {
  status: ['running', 'done', null],
  endTime: badNumbers,
  outcome: badJson,
  files: ['none', [null], [badFile], [{ ...badFile, sizeBytes: 1, sha256: 'x' }]],
  sandbox: [null, { state: 'lost' }, { limits: 1n }],
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

function describeWrongInput(create: CreateStore): void {
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
    await refused(store.putBlob('a', 'x' as unknown as Uint8Array));
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
    expect(await store.getLease('a')).toBeUndefined();
  });
}

function describeClose(create: CreateStore): void {
  it('refuses every call afterwards, and may be repeated', async () => {
    const store = await withSandboxes(create, 'a');
    await store.close();
    await store.close();
    expect(store.capabilities.durable).toBeTypeOf('boolean');
    const calls = [
      store.createSandbox(sandbox({})),
      open(store, 'o', 'k'),
      store.getSandbox('a'),
      store.updateSandbox('a', {}),
      store.listSandboxes({ pageSize: 1, now: NOW }),
      store.deleteSandbox('a'),
      store.expiredSandboxes(NOW, 1),
      store.beginExecution('a', start({})),
      store.finishExecution('a', 'e', finish({})),
      store.abandonExecution('a', 'e'),
      store.appendExecution('a', { ...start({}), ...finish({}) }),
      store.getExecution('a', 'e'),
      store.listExecutions('a', { limit: 1 }),
      store.acquireLease('a', leaseRequest({})),
      store.getLease('a'),
      store.renewLeases('one', NOW),
      store.releaseLease('a', 1),
      store.putBlob('a', new Uint8Array()),
      store.getBlob('a', hash('sha256', '')),
      store.openBlob('a', hash('sha256', '')),
      store.statistics(),
    ];
    for (const result of await Promise.allSettled(calls)) {
      expect(result).toMatchObject({ status: 'rejected', reason: { code: 'STORE_CLOSED' } });
    }
  });
}

function sandbox(part: Partial<SandboxRecord>): SandboxRecord {
  return {
    id: randomUUID(),
    owner: 'owner',
    key: undefined,
    displayName: 'a sandbox',
    language: 'python',
    labels: {},
    state: 'running',
    limits: { timeoutMs: 1_000 },
    createTime: NOW - 1_000,
    updateTime: NOW - 1_000,
    expireTime: NOW + 1_000,
    survival: null,
    ...part,
  };
}

function start(part: Partial<ExecutionStart>): ExecutionStart {
  const requestHash = hash('sha256', 'request');
  return { id: 'e', kind: 'execute', requestHash, code: 'x = "\0"', startTime: NOW, ...part };
}

function finish(part: Partial<ExecutionFinish>): ExecutionFinish {
  const created = { sizeBytes: 1, mimeType: 'text/plain', sha256: hash('sha256', 'x') };
  const files: ExecutionFinish['files'] = [
    { name: 'out/a\nb.txt', change: 'created', ...created },
    { name: 'big', change: 'changed', ...created, omitted: true },
    { name: 'old', change: 'removed', sizeBytes: 0, mimeType: 'text/plain', sha256: '' },
  ];
  return { status: 'ok', endTime: NOW + 1, outcome: {}, files, ...part };
}

function owner(id: string): LeaseOwner {
  return { id, pid: 1, processStart: '7', host: 'here', machine: 'boot' };
}

function leaseRequest(part: Partial<LeaseRequest>): LeaseRequest {
  const isGone = () => false;
  return { owner: owner('one'), now: NOW, expireTime: NOW + 100, isGone, ...part };
}

function nested(levels: number): unknown[] {
  let value: unknown[] = [];
  for (let level = 1; level < levels; level++) value = [value];
  return value;
}

function cycle(): unknown[] {
  const value: unknown[] = [];
  value.push(value);
  return value;
}

async function withSandboxes(create: CreateStore, ...ids: string[]): Promise<Store> {
  const store = await create();
  for (const id of ids) await store.createSandbox(sandbox({ id }));
  return store;
}

function open(store: Store, owner: string, key: string, now = NOW) {
  const expireTime = now + 1_000;
  return store.openSandbox(owner, key, () => sandbox({ owner, key, expireTime }), now);
}

async function list(store: Store, query: Partial<Parameters<Store['listSandboxes']>[0]>) {
  const page = await store.listSandboxes({ pageSize: 100, now: NOW, ...query });
  return page.sandboxes.map((record) => record.id).sort();
}

async function refused(call: Promise<unknown>): Promise<void> {
  const error = await call.then(
    () => 'accepted',
    (reason: unknown) => reason,
  );
  expect(error).toMatchObject({ name: 'StoreError', code: 'INVALID_ARGUMENT' });
  expect(StoreError.isInstance(error)).toBe(true);
}

function same(found: Uint8Array | undefined, expected: Uint8Array): boolean {
  return found !== undefined && Buffer.compare(found, expected) === 0;
}
