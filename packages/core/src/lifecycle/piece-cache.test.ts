import { expect, it } from 'vitest';
import { PieceCache } from './piece-cache.js';

const MIB = 1024 * 1024;
const piece = (name: string, sizeBytes = MIB) => ({ sha256: name, sizeBytes });
const turn = () => new Promise((resolve) => setImmediate(resolve));

it('what two restores ask for is read once, and is there until both are done with it', async () => {
  const cache = new PieceCache();
  let reads = 0;
  const read = async () => {
    reads += 1;
    return new Uint8Array(MIB).fill(7);
  };
  const [content, same] = await Promise.all([
    cache.get(piece('a'), read),
    cache.get(piece('a'), read),
  ]);
  expect(same).toBe(content);
  expect(reads).toBe(1);
  cache.done(piece('a'));
  // More than the cache keeps: what is in use stays.
  await cache.get(piece('large', 65 * MIB), async () => new Uint8Array(1));
  await turn();
  expect(content[MIB - 1]).toBe(7);
  cache.done(piece('a'));
  await turn();
  expect(content.byteLength).toBe(0);
});

it('memory that holds something else too is not given back', async () => {
  const cache = new PieceCache();
  const shared = new Uint8Array(2 * MIB).fill(7);
  await cache.get(piece('a'), async () => shared.subarray(0, MIB));
  cache.done(piece('a'));
  await cache.get(piece('large', 65 * MIB), async () => new Uint8Array(1));
  await turn();
  expect(shared[0]).toBe(7);
});

it('a failure is that of those who wait for it: who comes later has it read again', async () => {
  const cache = new PieceCache();
  const failing = cache.get(piece('a'), async () => {
    throw new Error('not now');
  });
  await expect(failing).rejects.toThrow('not now');
  cache.done(piece('a'));
  await turn();
  const content = await cache.get(piece('a'), async () => Uint8Array.of(1));
  expect([...content]).toEqual([1]);
});
