/** Which sandbox records and patches every driver accepts. */
import {
  checkKey,
  checkName,
  checkOneOf,
  checkSandboxId,
  checkWhole,
  requireObject,
} from './check-input.js';
import { copyJson, setOwn } from './copy-json.js';
import type { SandboxPatch, SandboxRecord } from './store.js';

const KINDS: readonly string[] = ['sandbox', 'snapshot'];
const STATES: readonly string[] = ['running', 'stopped', 'failed', 'deleting'];
const LANGUAGES: readonly string[] = ['python', 'javascript'];

export function checkSandboxRecord(record: SandboxRecord): SandboxRecord {
  requireObject(record, 'record');
  return {
    id: checkSandboxId(record.id),
    kind: checkKind(record.kind),
    owner: checkName(record.owner, 'owner'),
    key: record.key === undefined ? undefined : checkKey(record.key),
    displayName: checkName(record.displayName, 'displayName'),
    language: checkLanguage(record.language),
    labels: checkLabels(record.labels),
    state: checkState(record.state),
    limits: copyJson(record.limits, 'limits'),
    location: record.location === undefined ? undefined : checkName(record.location, 'location'),
    createTime: checkWhole(record.createTime, 'createTime'),
    updateTime: checkWhole(record.updateTime, 'updateTime'),
    expireTime: checkWhole(record.expireTime, 'expireTime'),
    survival: copyJson(record.survival, 'survival'),
  };
}

/** The copy has only the properties that are set. */
export function checkSandboxPatch(patch: SandboxPatch): SandboxPatch {
  requireObject(patch, 'patch');
  const copy: SandboxPatch = {};
  if (patch.displayName !== undefined) {
    copy.displayName = checkName(patch.displayName, 'displayName');
  }
  if (patch.labels !== undefined) copy.labels = checkLabels(patch.labels);
  if (patch.state !== undefined) copy.state = checkState(patch.state);
  if (patch.limits !== undefined) copy.limits = copyJson(patch.limits, 'limits');
  if (patch.updateTime !== undefined) copy.updateTime = checkWhole(patch.updateTime, 'updateTime');
  if (patch.expireTime !== undefined) copy.expireTime = checkWhole(patch.expireTime, 'expireTime');
  if (patch.survival !== undefined) copy.survival = copyJson(patch.survival, 'survival');
  return copy;
}

export function checkKind(kind: string): SandboxRecord['kind'] {
  return checkOneOf(kind, KINDS, 'kind') as SandboxRecord['kind'];
}

export function checkLanguage(language: string): SandboxRecord['language'] {
  return checkOneOf(language, LANGUAGES, 'language') as SandboxRecord['language'];
}

export function checkState(state: string): SandboxRecord['state'] {
  return checkOneOf(state, STATES, 'state') as SandboxRecord['state'];
}

export function checkLabels(labels: Record<string, string>): Record<string, string> {
  requireObject(labels, 'labels');
  const copy: Record<string, string> = {};
  for (const name of Object.keys(labels)) {
    setOwn(copy, checkName(name, 'labels'), checkName(labels[name] as string, 'labels'));
  }
  return copy;
}
