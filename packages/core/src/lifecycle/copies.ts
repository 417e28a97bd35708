/** New sandboxes and snapshots from a checkpoint of another sandbox: content is shared, not copied. */
import type { SandboxRecord } from '@belljar/store';
import type {
  CreateSandboxOptions,
  ForkOptions,
  SnapshotInfo,
  SnapshotOptions,
} from '../engine.js';
import { BelljarError } from '../errors.js';
import type { EngineCore } from './engine-core.js';
import { limitsWith } from './runtime-registry.js';
import type { SandboxAccess } from './sandbox-access.js';
import { newRecord, sandboxInfo, storedLimits, storedSavepoints } from './sandbox-records.js';

/** Its turn is taken until there is a checkpoint that it is as. */
function checkpointOf(access: SandboxAccess): Promise<string> {
  return access.withProcess((_, resident) => resident.checkpoints.take());
}

export async function forkSandbox(
  access: SandboxAccess,
  { random = 'fresh', displayName, labels, ttlMs }: ForkOptions,
): Promise<SandboxRecord> {
  const { core } = access;
  const asked = ttlMs === undefined ? undefined : core.ttlOf(ttlMs);
  const checkpointId = await checkpointOf(access);
  const source = access.record;
  const { limits, savepoints, ttlMs: sourceTtlMs } = storedLimits(source);
  const ttl = asked ?? core.mostTtlOf(sourceTtlMs);
  const reseedCheckpoint = random === 'fresh' ? checkpointId : undefined;
  const { owner, language } = source;
  const record = newRecord(
    'sandbox',
    { owner, language, limits, savepoints, ttlMs: ttl, reseedCheckpoint, location: core.location },
    { displayName: displayName ?? source.displayName, labels: labels ?? source.labels },
  );
  await core.store.copySandbox(source.id, checkpointId, record);
  return record;
}

export async function takeSnapshot(
  access: SandboxAccess,
  { displayName, ttlMs }: SnapshotOptions,
): Promise<SnapshotInfo> {
  const { core } = access;
  const ttl = core.ttlOf(ttlMs);
  const checkpointId = await checkpointOf(access);
  const { id, owner, language, labels, ...source } = access.record;
  const { limits, savepoints } = storedLimits(access.record);
  const record = newRecord(
    'snapshot',
    { owner, language, limits, savepoints, ttlMs: ttl, location: core.location },
    { displayName: displayName ?? source.displayName, labels },
  );
  await core.store.copySandbox(id, checkpointId, record);
  return snapshotInfo(record);
}

/** A sandbox that begins as the snapshot is. */
export async function startFromSnapshot(
  core: EngineCore,
  snapshot: SandboxRecord,
  options: CreateSandboxOptions,
): Promise<SandboxRecord> {
  core.assertHere(snapshot);
  const { id, owner, language, displayName, labels } = snapshot;
  if (options.language !== undefined && options.language !== language) {
    throw new BelljarError('INVALID_ARGUMENT', `The snapshot '${id}' is of a ${language} sandbox.`);
  }
  const checkpoint = await core.store.getCheckpoint(id);
  if (!checkpoint) {
    throw new BelljarError('STORE_CORRUPT', `The snapshot '${id}' has no checkpoint.`);
  }
  const stored = storedLimits(snapshot);
  const limits = limitsWith(stored.limits, options.limits);
  const ttlMs = core.ttlOf(options.ttlMs);
  const savepoints =
    options.savepoints === undefined ? stored.savepoints : storedSavepoints(options);
  const { location } = core;
  const reseedCheckpoint = checkpoint.id;
  const record = newRecord(
    'sandbox',
    { owner, language, limits, savepoints, ttlMs, reseedCheckpoint, location },
    { displayName: options.displayName ?? displayName, labels: options.labels ?? labels },
  );
  await core.store.copySandbox(id, checkpoint.id, record);
  return record;
}

export function snapshotInfo(record: SandboxRecord): SnapshotInfo {
  const info = sandboxInfo(record, false);
  const { id, owner, displayName, language, labels, limits, createTime, expireTime } = info;
  return { id, owner, displayName, language, labels, limits, createTime, expireTime };
}
