/** Checkpoints in memory. */
import { checkAtMost, checkCheckpoint } from '../../check-checkpoint.js';
import { checkSandboxRecord } from '../../check-sandbox.js';
import { afterTheJournal, isTaken, noBlobs, noCheckpoint, noSandbox } from '../../refusals.js';
import type { CheckpointRecord, CheckpointStore, CheckpointSummary } from '../../store.js';
import { endDraft, releaseUses, useBlobs } from './memory-blobs.js';
import { requireLeased } from './memory-journal.js';
import { addSandbox } from './memory-sandboxes.js';
import {
  firstIndexAfter,
  type MemorySandbox,
  type MemoryState,
  requireOpen,
} from './memory-state.js';

export function createMemoryCheckpoints(state: MemoryState): CheckpointStore {
  return {
    async addCheckpoint(sandboxId, checkpoint, epoch) {
      requireOpen(state);
      const sandbox = requireLeased(state, sandboxId, epoch);
      addCheckpoint(sandbox, checkCheckpoint(checkpoint));
    },
    async getCheckpoint(sandboxId, query) {
      requireOpen(state);
      const atMost = checkAtMost(query);
      const checkpoints = state.sandboxes.get(sandboxId)?.checkpoints ?? [];
      const found = checkpoints.findLast(({ position }) => position <= atMost);
      return found && copyCheckpoint(found);
    },
    async listCheckpoints(sandboxId) {
      requireOpen(state);
      const sandbox = state.sandboxes.get(sandboxId);
      return sandbox?.checkpoints.map((one) => summarize(sandbox, one)) ?? [];
    },
    async removeCheckpoint(sandboxId, checkpointId, epoch) {
      requireOpen(state);
      const sandbox = requireLeased(state, sandboxId, epoch);
      const found = sandbox.checkpoints.find(({ id }) => id === checkpointId);
      if (!found) return;
      sandbox.checkpoints = sandbox.checkpoints.filter((one) => one !== found);
      releaseUses(sandbox, found);
    },
    async copySandbox(sourceId, checkpointId, record) {
      requireOpen(state);
      const checked = checkSandboxRecord(record);
      const source = state.sandboxes.get(sourceId);
      if (!source || source.record.state === 'deleting') throw noSandbox(sourceId);
      const found = source.checkpoints.find(({ id }) => id === checkpointId);
      if (!found) throw noCheckpoint(sourceId, checkpointId);
      const what = checked.kind === 'snapshot' ? 'snapshot' : 'fork';
      const copy = addSandbox(state, checked, what, { from: sourceId });
      for (const sha256 of found.blobs) {
        const { content } = source.blobs.get(sha256) as { content: Uint8Array };
        copy.blobs.set(sha256, { content, users: 0, drafts: 0 });
      }
      addCheckpoint(copy, { ...copyCheckpoint(found), position: 0 });
    },
  };
}

/** The checkpoint is a checked copy and becomes the stored one. */
export function addCheckpoint(sandbox: MemorySandbox, checkpoint: CheckpointRecord): void {
  const { checkpoints, blobs } = sandbox;
  if (checkpoint.position > sandbox.lastPosition) throw afterTheJournal(sandbox.lastPosition);
  if (checkpoints.some(({ id }) => id === checkpoint.id)) {
    throw isTaken('id', checkpoint.id, 'checkpoint');
  }
  const missing = checkpoint.blobs.filter((sha256) => !blobs.has(sha256));
  if (missing.length > 0) throw noBlobs(sandbox.record.id, missing);
  const index = firstIndexAfter(checkpoints, ({ position }) => position - checkpoint.position);
  checkpoints.splice(index, 0, checkpoint);
  useBlobs(sandbox, checkpoint, checkpoint.blobs);
  endDraft(sandbox, checkpoint.id);
}

function summarize(sandbox: MemorySandbox, checkpoint: CheckpointRecord): CheckpointSummary {
  const { id, position, createTime, manifest, blobs } = checkpoint;
  let sizeBytes = manifest.length;
  for (const sha256 of blobs) sizeBytes += sandbox.blobs.get(sha256)?.content.length ?? 0;
  return { id, position, createTime, blobs: blobs.length, sizeBytes };
}

function copyCheckpoint(checkpoint: CheckpointRecord): CheckpointRecord {
  return {
    ...checkpoint,
    manifest: new Uint8Array(checkpoint.manifest),
    blobs: [...checkpoint.blobs],
  };
}
