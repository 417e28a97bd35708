/** A sandbox from one store to another, as a stream of bytes. */
import type { SandboxRecord } from '@belljar/store';
import { expect, it } from 'vitest';
import { collect } from './collect-stream.js';
import {
  type CreateStore,
  checkpoint,
  EMPTY,
  finish,
  held,
  leaseRequest,
  owner,
  put,
  ran,
  refused,
  sandbox,
  start,
  withSandboxes,
} from './records.js';

const FRAME_BYTES = 1_048_576;
const same = <T>(record: T): T => record;

/** One with a journal, a checkpoint, content of several frames, and what is not exported. */
async function makeSource(create: CreateStore) {
  const store = await withSandboxes(create);
  const record = sandbox({ id: 'a', key: 'k', labels: { team: 'x' }, survival: { lost: [] } });
  await store.createSandbox(record);
  await store.acquireLease('a', leaseRequest({}));
  await store.beginExecution('a', start({ id: 'interrupted' }), 1);
  await store.acquireLease('a', leaseRequest({ owner: owner('two'), isGone: () => true }));
  await store.releaseLease('a', 2);
  const first = await ran(store, 'a', 'e1', 'one', 'both');
  const large = 'x'.repeat(2 * FRAME_BYTES + 7);
  const blobs = await put(store, 'a', 'c', 'both', large, 'y'.repeat(FRAME_BYTES), '');
  await store.addCheckpoint('a', checkpoint({ id: 'old', position: first.position }));
  await store.addCheckpoint('a', checkpoint({ position: first.position, blobs }));
  const second = await ran(store, 'a', 'e2', 'two');
  await ran(store, 'a', 'undone', 'three');
  await store.rewindJournal('a', second.position);
  await store.beginExecution('a', start({ id: 'running' }));
  return { store, record, entries: [first, second], large };
}

export function describeTransfer(create: CreateStore): void {
  it('gives the same sandbox, its journal, newest checkpoint and content to another store', async () => {
    const { store: source, record, entries, large } = await makeSource(create);
    await using from = source;
    await using to = await create();
    const changed = { id: 'b', owner: 'new', labels: { team: 'y' }, location: 'eu' };
    const bytes = await collect(from.exportSandbox('a'));
    const made = await to.importSandbox(ReadableStream.from([bytes]), (one) => {
      expect(one).toEqual(record);
      return { ...one, ...changed };
    });
    expect(made).toEqual({ ...record, ...changed });
    expect(await to.getSandbox('b')).toEqual(made);
    const { sandboxes } = await to.listSandboxes({ labels: { team: 'y' }, pageSize: 9, now: 1 });
    expect(sandboxes).toEqual([made]);
    expect(await to.openSandbox('new', 'k', () => made, 1)).toMatchObject({ created: false });
    const found = await to.listExecutions('b', { limit: 9 });
    expect(found.map(({ position, id }) => [position, id])).toEqual(
      entries.map(({ position, id }) => [position, id]),
    );
    for (const entry of entries) expect(await to.getExecution('b', entry.id)).toEqual(entry);
    expect(await to.getCheckpoint('b')).toEqual(await from.getCheckpoint('a'));
    expect((await to.listCheckpoints('b')).length).toBe(1);
    const texts = ['one', 'both', 'two', large, 'y'.repeat(FRAME_BYTES), ''];
    expect(await held(to, 'b', ...texts)).toEqual(texts);
    const next = await to.beginExecution('b', start({ id: 'undone' }));
    expect(next).toMatchObject({ created: true });
    expect(next.entry.position).toBeGreaterThan(entries[1]?.position ?? 0);
    await to.rewindJournal('b', 0);
    expect(await held(to, 'b', ...texts)).toEqual([]);
    expect(await to.audit.verify()).toMatchObject({ ok: true });
    expect(await from.audit.verify()).toMatchObject({ ok: true });
    expect(bytes.includes('team')).toBe(false);
    expect((await from.audit.list({ limit: 99 })).at(-1)).toMatchObject({ what: 'export' });
    expect(await to.audit.list({ limit: 1 })).toMatchObject([{ what: 'import', sandboxId: 'b' }]);
  });

  it('is refused as a whole when a byte is wrong, missing or too much', async () => {
    const { store: from } = await makeSource(create);
    const bytes = await collect(from.exportSandbox('a'));
    await from.close();
    await using to = await create();
    const length = bytes.length;
    const head = 30;
    const places = [0, 17, head, head + 40, 200, 400, FRAME_BYTES, 2 * FRAME_BYTES, length - 1];
    const flipped = (index: number): Buffer => {
      const copy = Buffer.from(bytes);
      copy[index] = (copy[index] as number) ^ 1;
      return copy;
    };
    const cuts = [0, 10, head, 300, FRAME_BYTES, 2 * FRAME_BYTES, length - 17, length - 1];
    const frames = framesOf(bytes);
    const [first, one, two, ...rest] = frames as [Buffer, Buffer, Buffer, ...Buffer[]];
    for (const wrong of [
      ...places.map(flipped),
      ...cuts.map((cut) => bytes.subarray(0, cut)),
      Buffer.concat([bytes, Buffer.from('x')]),
      Buffer.concat([first, two, one, ...rest]),
      Buffer.concat([first, one, ...rest]),
      Buffer.concat([first, one, one, two, ...rest]),
      Buffer.concat(frames.slice(0, -1)),
    ]) {
      const code = expect.stringMatching(/^(STORE_CORRUPT|KEY_REFUSED)$/);
      const imported = to.importSandbox(ReadableStream.from([wrong]), same);
      await expect(imported).rejects.toMatchObject({ name: 'StoreError', code });
      expect(await to.statistics()).toEqual(EMPTY);
      expect(await to.getSandbox('a')).toBeUndefined();
    }
    // The control: the same bytes as they were, in pieces of any size.
    const pieces = [bytes.subarray(0, 5), bytes.subarray(5, 5), bytes.subarray(5)];
    await to.importSandbox(ReadableStream.from(pieces), same);
    expect(await to.statistics()).toMatchObject({ sandboxes: 1, executions: 2, checkpoints: 1 });
    await to.deleteSandbox('a');
    expect(await to.statistics()).toEqual(EMPTY);
  });

  it('is refused when its place is taken, and what is there stays', async () => {
    const { store: from } = await makeSource(create);
    const bytes = await collect(from.exportSandbox('a'));
    await from.close();
    await using to = await create();
    const first = sandbox({ id: 'a', key: 'k' });
    await to.createSandbox(first);
    for (const part of [{}, { id: 'b' }]) {
      const change = (one: SandboxRecord) => ({ ...one, ...part });
      const imported = to.importSandbox(ReadableStream.from([bytes]), change);
      await expect(imported).rejects.toMatchObject({ code: 'ALREADY_EXISTS' });
    }
    await refused(to.importSandbox(ReadableStream.from([bytes]), (one) => ({ ...one, id: '/' })));
    await refused(to.importSandbox('x' as unknown as ReadableStream, same));
    const stop = () => {
      throw new Error('not this one');
    };
    await expect(to.importSandbox(ReadableStream.from([bytes]), stop)).rejects.toThrow('not this');
    expect(await to.statistics()).toEqual({ ...EMPTY, sandboxes: 1 });
    expect(await to.getSandbox('a')).toEqual(first);
  });

  it('has nothing of a sandbox that is not there', async () => {
    await using store = await create();
    const exported = collect(store.exportSandbox('never'));
    await expect(exported).rejects.toMatchObject({ code: 'NOT_FOUND' });
    const alone = await withSandboxes(create, 'a');
    await using to = await create();
    const bytes = await collect(alone.exportSandbox('a'));
    await alone.close();
    await to.importSandbox(ReadableStream.from([bytes]), same);
    expect(await to.statistics()).toEqual({ ...EMPTY, sandboxes: 1 });
    await to.appendExecution('a', { ...start({}), ...finish({}) });
  });
}

/** The head, then each frame with its length. */
function framesOf(bytes: Buffer): Buffer[] {
  const magic = bytes.indexOf('\n') + 1;
  let offset = magic + 4 + bytes.readUInt32BE(magic);
  const frames = [bytes.subarray(0, offset)];
  while (offset < bytes.length) {
    const end = offset + 5 + bytes.readUInt32BE(offset);
    frames.push(bytes.subarray(offset, end));
    offset = end;
  }
  return frames;
}
