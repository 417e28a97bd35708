/**
 * What every driver accepts. Each function checks an argument and returns a copy of it, with its
 * known properties only, or throws `INVALID_ARGUMENT` that names the argument.
 *
 * Text must be well-formed: a lone surrogate becomes U+FFFD in UTF-8, and two owners would be one.
 */
import { copyJson, setOwn } from './copy-json.js';
import { StoreError } from './errors.js';
import type {
  ExecutionFinish,
  ExecutionStart,
  FileRecord,
  LeaseOwner,
  LeaseRequest,
  SandboxPatch,
  SandboxRecord,
} from './store.js';

const SANDBOX_ID = /^[A-Za-z0-9._-]{1,128}$/;
const SHA256 = /^[0-9a-f]{64}$/;
const MAX_EXECUTION_ID_UNITS = 256;
const MAX_PAGE_SIZE = 1_000;

const STATES: readonly string[] = ['running', 'stopped', 'failed', 'deleting'];
const LANGUAGES: readonly string[] = ['python', 'javascript'];
const KINDS: readonly string[] = ['execute', 'shell', 'files'];
const CHANGES: readonly string[] = ['created', 'changed', 'removed'];
const FINAL_STATUSES: readonly string[] = [
  'ok',
  'error',
  'timeout',
  'cancelled',
  'out-of-memory',
  'crashed',
  'limit',
];

export function checkSandboxRecord(record: SandboxRecord): SandboxRecord {
  requireObject(record, 'record');
  return {
    id: checkSandboxId(record.id),
    owner: checkName(record.owner, 'owner'),
    key: record.key === undefined ? undefined : checkKey(record.key),
    displayName: checkName(record.displayName, 'displayName'),
    language: checkLanguage(record.language),
    labels: checkLabels(record.labels),
    state: checkState(record.state),
    limits: copyJson(record.limits, 'limits'),
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

export function checkExecutionStart(start: ExecutionStart): ExecutionStart {
  requireObject(start, 'start');
  return {
    id: checkExecutionId(start.id),
    kind: checkOneOf(start.kind, KINDS, 'kind') as ExecutionStart['kind'],
    requestHash: checkSha256(start.requestHash, 'requestHash'),
    code: checkText(start.code, 'code'),
    startTime: checkWhole(start.startTime, 'startTime'),
  };
}

export function checkExecutionFinish(finish: ExecutionFinish): ExecutionFinish {
  requireObject(finish, 'finish');
  if (!Array.isArray(finish.files)) throw invalid('files', 'must be a list');
  return {
    status: checkOneOf(finish.status, FINAL_STATUSES, 'status') as ExecutionFinish['status'],
    endTime: checkWhole(finish.endTime, 'endTime'),
    outcome: copyJson(finish.outcome, 'outcome'),
    files: finish.files.map(checkFile),
    sandbox: finish.sandbox === undefined ? undefined : checkSandboxPatch(finish.sandbox),
  };
}

function checkFile(file: FileRecord): FileRecord {
  requireObject(file, 'files');
  const copy: FileRecord = {
    name: checkName(file.name, 'files.name'),
    sizeBytes: checkWhole(file.sizeBytes, 'files.sizeBytes'),
    mimeType: checkName(file.mimeType, 'files.mimeType'),
    sha256: file.sha256 === '' ? '' : checkSha256(file.sha256, 'files.sha256'),
    change: checkOneOf(file.change, CHANGES, 'files.change') as FileRecord['change'],
  };
  if (file.omitted) copy.omitted = true;
  return copy;
}

/** The copy has no `isGone`: that is the caller's to call. */
export function checkLeaseRequest(request: LeaseRequest): Omit<LeaseRequest, 'isGone'> {
  requireObject(request, 'request');
  if (typeof request.isGone !== 'function') throw invalid('isGone', 'must be a function');
  return {
    owner: checkLeaseOwner(request.owner),
    now: checkWhole(request.now, 'now'),
    expireTime: checkWhole(request.expireTime, 'expireTime'),
  };
}

function checkLeaseOwner(owner: LeaseOwner): LeaseOwner {
  requireObject(owner, 'owner');
  return {
    id: checkOwnerId(owner.id),
    pid: checkWhole(owner.pid, 'owner.pid'),
    processStart: checkName(owner.processStart, 'owner.processStart'),
    host: checkName(owner.host, 'owner.host'),
    machine: checkName(owner.machine, 'owner.machine'),
  };
}

export function checkOwnerId(id: string): string {
  if (checkName(id, 'owner.id') === '') throw invalid('owner.id', 'must not be empty');
  return id;
}

export function checkEpoch(epoch: number | undefined): number | undefined {
  return epoch === undefined ? undefined : checkWhole(epoch, 'epoch');
}

export function checkSandboxId(id: string): string {
  if (typeof id !== 'string' || !SANDBOX_ID.test(id)) {
    throw invalid('id', 'must be 1 to 128 of A-Z a-z 0-9 . _ -');
  }
  return id;
}

export function checkExecutionId(id: string): string {
  checkName(id, 'id');
  if (id === '' || id.length > MAX_EXECUTION_ID_UNITS) {
    throw invalid('id', `must have 1 to ${MAX_EXECUTION_ID_UNITS} characters`);
  }
  return id;
}

export function checkKey(key: string): string {
  if (checkName(key, 'key') === '') throw invalid('key', 'must not be empty');
  return key;
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

/** Milliseconds since 1970, or a number of bytes: a whole number from 0 on. */
export function checkWhole(value: number, name: string): number {
  if (!Number.isSafeInteger(value) || value < 0) {
    throw invalid(name, 'must be a whole number from 0 on');
  }
  return value;
}

export function checkPageSize(size: number, name: string): number {
  if (!Number.isInteger(size) || size < 1 || size > MAX_PAGE_SIZE) {
    throw invalid(name, `must be a whole number from 1 to ${MAX_PAGE_SIZE}`);
  }
  return size;
}

export function checkSha256(hash: string, name: string): string {
  if (typeof hash !== 'string' || !SHA256.test(hash)) {
    throw invalid(name, 'must be a SHA-256 in lower-case hex');
  }
  return hash;
}

/** Text without NUL, for what is looked up or shown. */
export function checkName(text: string, name: string): string {
  if (checkText(text, name).includes('\0')) throw invalid(name, 'must not have a NUL character');
  return text;
}

function checkText(text: string, name: string): string {
  if (typeof text !== 'string') throw invalid(name, 'must be a string');
  if (!text.isWellFormed()) throw invalid(name, 'must not have a lone surrogate');
  return text;
}

function checkOneOf(value: string, choices: readonly string[], name: string): string {
  if (!choices.includes(value)) throw invalid(name, `must be one of ${choices.join(', ')}`);
  return value;
}

export function requireObject(value: unknown, name: string): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalid(name, 'must be an object');
  }
}

export function invalid(name: string, rule: string): StoreError {
  return new StoreError('INVALID_ARGUMENT', `${name} ${rule}.`, { details: { argument: name } });
}
