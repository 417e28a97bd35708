/** A sandbox's record in the store: made from a caller's options, shown as `SandboxInfo`. */
import { randomUUID } from 'node:crypto';
import type { SandboxPatch, SandboxRecord } from '@belljar/store';
import type { CreateSandboxOptions } from '../engine.js';
import { BelljarError } from '../errors.js';
import type { SurvivalReport } from '../execution.js';
import type { SandboxLimits } from '../limits.js';
import type { Language, SandboxInfo } from '../sandbox.js';

/** What of a record's opaque `limits` is ours. */
export interface StoredLimits {
  limits: SandboxLimits;
  ttlMs: number;
  /** Of the engine that made it: it runs nowhere else. */
  location?: string | undefined;
  /** With which its random streams began. */
  seed?: string | undefined;
  /** `false`: what fails is put back from checkpoint and journal only. */
  savepoints?: false | undefined;
  /** Restored from this checkpoint, random streams begin anew. */
  reseedCheckpoint?: string | undefined;
}

export const storedLimits = (record: SandboxRecord): StoredLimits => record.limits as StoredLimits;

export const savepointsAreOff = (record: SandboxRecord): boolean =>
  storedLimits(record).savepoints === false;

export const storedSavepoints = ({ savepoints }: CreateSandboxOptions): false | undefined =>
  savepoints === false ? false : undefined;

export interface RecordContent extends StoredLimits {
  owner: string;
  key?: string | undefined;
  language: Language;
}

export function newRecord(
  kind: SandboxRecord['kind'],
  { owner, key, language, ...stored }: RecordContent,
  { displayName = '', labels = {} }: Pick<CreateSandboxOptions, 'displayName' | 'labels'>,
): SandboxRecord {
  const now = Date.now();
  return {
    id: randomUUID(),
    kind,
    owner,
    key,
    displayName,
    language,
    labels,
    state: 'running',
    limits: stored,
    createTime: now,
    updateTime: now,
    expireTime: now + stored.ttlMs,
    survival: null,
  };
}

/** Its time to live counts anew. */
export function usedAt(time: number, record: SandboxRecord): SandboxPatch {
  return { updateTime: time, expireTime: time + storedLimits(record).ttlMs };
}

/** What an entry of the journal says of the sandbox; the first also the seed that it began with. */
export function afterEntry(
  time: number,
  record: SandboxRecord,
  seed: string | undefined,
): SandboxPatch {
  const stored = storedLimits(record);
  const isKnown = seed === undefined || stored.seed !== undefined;
  return { ...usedAt(time, record), ...(isKnown ? {} : { limits: { ...stored, seed } }) };
}

const isoTime = (time: number): string => new Date(time).toISOString();

export function sandboxInfo(record: SandboxRecord, resident: boolean): SandboxInfo {
  return {
    id: record.id,
    owner: record.owner,
    displayName: record.displayName,
    language: record.language,
    labels: record.labels,
    state: record.state,
    resident,
    limits: storedLimits(record).limits,
    createTime: isoTime(record.createTime),
    updateTime: isoTime(record.updateTime),
    expireTime: isoTime(record.expireTime),
    survival: (record.survival as SurvivalReport | null) ?? undefined,
  };
}

export function sandboxNotFound(id: string): BelljarError {
  return new BelljarError('SANDBOX_NOT_FOUND', `There is no sandbox '${id}'.`, {
    suggestion: 'It was deleted, its time to live is over, or it is another owner’s.',
    details: { id },
  });
}
