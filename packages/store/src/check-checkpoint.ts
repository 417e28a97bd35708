/** Which checkpoints every driver accepts. */
import { checkPlainId, checkSha256, checkWhole, invalid, requireObject } from './check-input.js';
import type { CheckpointRecord } from './store.js';

const MAX_MANIFEST_BYTES = 8 * 1_048_576;

/** The copy names each blob once. */
export function checkCheckpoint(checkpoint: CheckpointRecord): CheckpointRecord {
  requireObject(checkpoint, 'checkpoint');
  const { manifest, blobs } = checkpoint;
  if (!(manifest instanceof Uint8Array)) throw invalid('manifest', 'must be a Uint8Array');
  if (manifest.length > MAX_MANIFEST_BYTES) {
    throw invalid('manifest', `must have at most ${MAX_MANIFEST_BYTES} bytes`);
  }
  if (!Array.isArray(blobs)) throw invalid('blobs', 'must be a list');
  return {
    id: checkPlainId(checkpoint.id, 'id'),
    position: checkWhole(checkpoint.position, 'position'),
    createTime: checkWhole(checkpoint.createTime, 'createTime'),
    manifest: new Uint8Array(manifest),
    blobs: [...new Set(blobs.map((sha256) => checkSha256(sha256, 'blobs')))],
  };
}

/** The greatest position that is asked for. */
export function checkAtMost(query: { atMost?: number | undefined } = {}): number {
  requireObject(query, 'query');
  return query.atMost === undefined ? Number.MAX_SAFE_INTEGER : checkWhole(query.atMost, 'atMost');
}
