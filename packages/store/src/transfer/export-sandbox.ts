/** Exports a sandbox of any store. */

import { contentOf } from '../check-execution.js';
import type { KeyProvider } from '../contract/keys.js';
import { StoreError } from '../errors.js';
import { noSandbox } from '../refusals.js';
import type { CheckpointRecord, ExecutionSummary, Store } from '../store.js';
import { writeFrames } from './frames.js';
import { headOf } from './items.js';

const ENTRIES_AT_ONCE = 100;

type Source = Pick<
  Store,
  | 'getSandbox'
  | 'listExecutions'
  | 'getExecution'
  | 'getCheckpoint'
  | 'blobSize'
  | 'openBlob'
  | 'audit'
>;

export function exportSandbox(
  store: Source,
  provider: KeyProvider,
  id: string,
): ReadableStream<Uint8Array> {
  return ReadableStream.from(writeFrames(provider, items(store, id)));
}

async function* items(store: Source, id: string): AsyncGenerator<Uint8Array> {
  const record = await store.getSandbox(id);
  if (!record || record.state === 'deleting') throw noSandbox(id);
  const { owner } = record;
  await store.audit.append({ what: 'export', sandboxId: id, owner });
  const text = json(record);
  yield headOf({ type: 'record', sizeBytes: text.length });
  yield text;
  const checkpoint = await store.getCheckpoint(id);
  const hashes = new Set(checkpoint?.blobs);
  let lastPosition = checkpoint?.position ?? 0;
  for await (const entry of endedEntries(store, id)) {
    lastPosition = Math.max(lastPosition, entry.position);
    for (const sha256 of contentOf(entry)) hashes.add(sha256);
  }
  for (const sha256 of hashes) yield* blob(store, id, sha256, checkpoint);
  for await (const { id: entryId, position } of endedEntries(store, id)) {
    if (position > lastPosition) break;
    const entry = json(await store.getExecution(id, entryId));
    yield headOf({ type: 'entry', sizeBytes: entry.length });
    yield entry;
  }
  if (checkpoint) yield* checkpointItems(checkpoint);
  yield headOf({ type: 'end', sizeBytes: 0, lastPosition });
}

const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));

/** Those that are part of the sandbox's state. */
async function* endedEntries(store: Source, id: string): AsyncGenerator<ExecutionSummary> {
  let after = 0;
  for (;;) {
    const page = await store.listExecutions(id, { after, limit: ENTRIES_AT_ONCE });
    for (const entry of page) {
      const isEnded = entry.status !== 'running' && entry.status !== 'interrupted';
      if (isEnded && !entry.undone) yield entry;
    }
    if (page.length < ENTRIES_AT_ONCE) return;
    after = page.at(-1)?.position as number;
  }
}

/** Content of an entry that the sandbox does not hold is left out, as it is in the store. */
async function* blob(
  store: Source,
  id: string,
  sha256: string,
  checkpoint: CheckpointRecord | undefined,
): AsyncGenerator<Uint8Array> {
  const sizeBytes = await store.blobSize(id, sha256);
  const content = await store.openBlob(id, sha256);
  if (!content || sizeBytes === undefined) {
    if (!checkpoint?.blobs.includes(sha256)) return;
    throw new StoreError('NOT_FOUND', 'Content of the sandbox went while it was exported.', {
      details: { sandboxId: id, sha256 },
    });
  }
  yield headOf({ type: 'blob', sizeBytes, sha256 });
  yield* content;
}

function* checkpointItems(checkpoint: CheckpointRecord): Generator<Uint8Array> {
  const { id, position, createTime, manifest, blobs } = checkpoint;
  const sizeBytes = manifest.length;
  yield headOf({ type: 'checkpoint', sizeBytes, id, position, createTime, blobs: blobs.length });
  yield manifest;
  const list = json(blobs);
  yield headOf({ type: 'checkpoint-blobs', sizeBytes: list.length });
  yield list;
}
