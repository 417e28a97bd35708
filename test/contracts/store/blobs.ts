/** Content of files and of memory. */
import { hash } from 'node:crypto';
import { expect, it } from 'vitest';
import {
  type CreateStore,
  checkpoint,
  EMPTY,
  finish,
  held,
  put,
  ran,
  refused,
  same,
  start,
  withSandboxes,
} from './records.js';

export function describeBlobs(create: CreateStore): void {
  it('gives content back, whole and as a stream', async () => {
    await using store = await withSandboxes(create, 'a');
    for (const sizeBytes of [0, 1, 65_536, 200_001]) {
      const content = Uint8Array.from({ length: sizeBytes }, (_, index) => index % 251);
      const sha256 = hash('sha256', content);
      expect(await store.putBlob('a', content, 'd')).toBe(sha256);
      expect(same(await store.getBlob('a', sha256), content)).toBe(true);
      const pieces: Uint8Array[] = [];
      for await (const piece of (await store.openBlob('a', sha256)) ?? []) pieces.push(piece);
      for (const piece of pieces) expect(piece.length).toBeLessThanOrEqual(65_536);
      expect(same(Buffer.concat(pieces), content)).toBe(true);
    }
    expect(await store.getBlob('a', hash('sha256', 'other'))).toBeUndefined();
    expect(await store.openBlob('a', hash('sha256', 'other'))).toBeUndefined();
  });

  it('keeps content once, however often and however many at once it is put', async () => {
    await using store = await withSandboxes(create, 'a', 'b');
    const texts = ['one', 'two', 'one', ''];
    const hashes = texts.map((text) => hash('sha256', text));
    const calls = Array.from({ length: 9 }, () => put(store, 'a', 'd', ...texts));
    for (const result of await Promise.all(calls)) expect(result).toEqual(hashes);
    expect(await store.statistics()).toMatchObject({ blobs: 3, blobBytes: 6 });
    expect(await held(store, 'a', ...texts)).toEqual(texts);
    expect(await put(store, 'a', 'd')).toEqual([]);
    await put(store, 'b', 'd', 'one');
    await store.deleteSandbox('a');
    expect(await held(store, 'b', 'one', 'two', '')).toEqual(['one']);
    await store.deleteSandbox('b');
    expect(await store.statistics()).toEqual(EMPTY);
  });

  it('stores all or none of several', async () => {
    await using store = await withSandboxes(create, 'a');
    await refused(store.putBlobs('a', [Buffer.from('x'), 'y' as unknown as Uint8Array], 'd'));
    await refused(store.putBlobs('a', 'xyz' as unknown as Uint8Array[], 'd'));
    expect(await store.statistics()).toMatchObject({ blobs: 0 });
  });

  it('opens to a sandbox only what was put for it, whatever hash it knows', async () => {
    await using store = await withSandboxes(create, 'a', 'b');
    const secretHash = hash('sha256', 'secret');
    await store.putBlob('a', Buffer.from('secret'), 'd');
    expect(await store.getBlob('b', secretHash)).toBeUndefined();
    expect(await store.openBlob('b', secretHash)).toBeUndefined();
  });

  it('lets content go with the last entry or checkpoint that points to it', async () => {
    await using store = await withSandboxes(create, 'a');
    const [memory] = await put(store, 'a', 'c1', 'memory');
    const { position } = await ran(store, 'a', 'e', 'file', 'both');
    const blobs = [memory as string, hash('sha256', 'both')];
    await store.addCheckpoint('a', checkpoint({ id: 'c1', position, blobs }));
    await store.addCheckpoint('a', checkpoint({ id: 'c2', position, blobs }));
    const all = ['memory', 'file', 'both'];
    await store.removeCheckpoint('a', 'c1');
    await store.removeCheckpoint('a', 'c1');
    expect(await held(store, 'a', ...all)).toEqual(all);
    await store.removeCheckpoint('a', 'c2');
    expect(await held(store, 'a', ...all)).toEqual(['file', 'both']);
    await store.rewindJournal('a', 0);
    expect(await store.statistics()).toMatchObject({ executions: 1, blobs: 0, blobBytes: 0 });
  });

  it('keeps what was put for a draft until that one ends, whatever becomes of others', async () => {
    await using store = await withSandboxes(create, 'a');
    const blobs = [hash('sha256', 'x')];
    await put(store, 'a', 'c1', 'x');
    await put(store, 'a', 'c2', 'x');
    await store.addCheckpoint('a', checkpoint({ id: 'c1', blobs }));
    await store.removeCheckpoint('a', 'c1');
    expect(await held(store, 'a', 'x')).toEqual(['x']);
    await put(store, 'a', 'given up', 'x');
    await store.releaseBlobs('a', 'given up');
    expect(await held(store, 'a', 'x')).toEqual(['x']);
    await store.addCheckpoint('a', checkpoint({ id: 'c2', blobs }));
    await store.removeCheckpoint('a', 'c2');
    expect(await held(store, 'a', 'x')).toEqual([]);
  });

  it('lets content go with the draft that it was put for', async () => {
    await using store = await withSandboxes(create, 'a', 'b');
    await ran(store, 'a', 'e', 'file');
    await put(store, 'a', 'd', 'one', 'file');
    await put(store, 'a', 'd', 'two', 'one');
    await put(store, 'a', 'other', 'two');
    await put(store, 'b', 'd', 'one');
    await store.releaseBlobs('a', 'd');
    await store.releaseBlobs('a', 'd');
    await store.releaseBlobs('a', 'never');
    await store.releaseBlobs('never', 'd');
    expect(await held(store, 'a', 'one', 'two', 'file')).toEqual(['two', 'file']);
    expect(await held(store, 'b', 'one')).toEqual(['one']);
    expect(await store.statistics()).toMatchObject({ blobs: 3 });
    // The same may be put again, under the same name.
    await put(store, 'a', 'd', 'one');
    expect(await held(store, 'a', 'one')).toEqual(['one']);
  });

  it('lets go of what the draft of an entry or checkpoint had beside', async () => {
    await using store = await withSandboxes(create, 'a');
    const [input, file, memory] = await put(store, 'a', 'e', 'input', 'file', 'memory');
    await put(store, 'a', 'c', 'memory', 'more');
    const inputs = [{ name: 'in', sizeBytes: 5, sha256: input as string }];
    const record = { name: 'f', change: 'created', sizeBytes: 4, mimeType: '' } as const;
    const files = [{ ...record, sha256: file as string }];
    await store.beginExecution('a', start({}));
    await store.finishExecution('a', 'e', finish({ inputs, files }));
    const all = ['input', 'file', 'memory', 'more'];
    expect(await held(store, 'a', ...all)).toEqual(all);
    await store.addCheckpoint('a', checkpoint({ blobs: [memory as string] }));
    expect(await held(store, 'a', ...all)).toEqual(['input', 'file', 'memory']);
  });

  it('lets what is put and let go of at the same time be whole or gone', async () => {
    await using store = await withSandboxes(create, 'a');
    const texts = Array.from({ length: 20 }, (_, index) => `text ${index}`);
    await Promise.all(
      Array.from({ length: 10 }, async (_, index) => {
        await put(store, 'a', `d${index}`, ...texts);
        if (index > 0) await store.releaseBlobs('a', `d${index}`);
      }),
    );
    expect(await held(store, 'a', ...texts)).toEqual(texts);
    await store.releaseBlobs('a', 'd0');
    expect(await store.statistics()).toMatchObject({ blobs: 0, blobBytes: 0 });
  });

  it('counts inputs of an entry as it does its files', async () => {
    await using store = await withSandboxes(create, 'a');
    const [sha256] = await put(store, 'a', 'e', 'in');
    const inputs = [{ name: 'in/a', sizeBytes: 2, sha256: sha256 as string }];
    await store.appendExecution('a', { ...start({}), ...finish({ inputs }) });
    expect(await store.getExecution('a', 'e')).toMatchObject({ inputs });
    await put(store, 'a', 'c', 'in');
    await store.addCheckpoint('a', checkpoint({ blobs: [sha256 as string] }));
    await store.removeCheckpoint('a', 'c');
    expect(await held(store, 'a', 'in')).toEqual(['in']);
    await store.rewindJournal('a', 0);
    expect(await held(store, 'a', 'in')).toEqual([]);
  });
}
