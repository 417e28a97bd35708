import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import type { SandboxState } from '../runtimes/sandbox-state.js';
import { keepManifest, readManifest } from './checkpoint-manifest.js';

const kept = new Map<string, Uint8Array>();
const put = async (contents: Uint8Array[]): Promise<string[]> =>
  contents.map((content) => {
    const sha256 = createHash('sha256').update(content).digest('hex');
    kept.set(sha256, content);
    return sha256;
  });
const get = async (sha256: string): Promise<Uint8Array | undefined> => kept.get(sha256);

function stateWith(files: number): SandboxState {
  const workspace = Array.from({ length: files }, (_, index) => ({
    name: `${'ü'.repeat(500)}/${index}`,
    type: 'file' as const,
    mode: 0o644,
    modifyMs: index,
    sizeBytes: 1,
    pieces: [{ sha256: `${index}`.padStart(64, '0'), sizeBytes: 1 }],
  }));
  return { environment: 'here', executionNumber: 1, memory: [], workspace, lost: [] };
}

it('keeps a small one by itself, and a large one in blobs that the checkpoint points to', async () => {
  const small = await keepManifest(stateWith(2), put);
  expect(small.blobs.length).toBe(2);
  expect(kept.size).toBe(0);
  expect(await readManifest(small.manifest, get)).toEqual(stateWith(2));
  const state = stateWith(10_000);
  const large = await keepManifest(state, put);
  expect(large.manifest.length).toBeLessThan(1_000);
  expect(large.blobs.slice(10_000).sort()).toEqual([...kept.keys()].sort());
  expect(kept.size).toBeGreaterThan(2);
  expect(await readManifest(large.manifest, get)).toEqual(state);
  kept.delete(large.blobs.at(-1) as string);
  await expect(readManifest(large.manifest, get)).rejects.toMatchObject({ code: 'STORE_CORRUPT' });
});
