/** Which entries of a journal every driver accepts. */
import {
  checkName,
  checkOneOf,
  checkSha256,
  checkText,
  checkWhole,
  invalid,
  requireObject,
} from './check-input.js';
import { checkSandboxPatch } from './check-sandbox.js';
import { copyJson } from './copy-json.js';
import type { ExecutionFinish, ExecutionStart, FileRecord, InputRecord } from './store.js';

const MAX_ID_UNITS = 256;
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

export function checkExecutionStart(start: ExecutionStart): ExecutionStart {
  requireObject(start, 'start');
  return {
    id: checkExecutionId(start.id),
    kind: checkOneOf(start.kind, KINDS, 'kind') as ExecutionStart['kind'],
    requestHash: checkSha256(start.requestHash, 'requestHash'),
    code: checkText(start.code, 'code'),
    request: copyJson(start.request, 'request'),
    startTime: checkWhole(start.startTime, 'startTime'),
  };
}

/** The copy has `inputs`. */
export function checkExecutionFinish(
  finish: ExecutionFinish,
): ExecutionFinish & { inputs: InputRecord[] } {
  requireObject(finish, 'finish');
  const { files, inputs = [] } = finish;
  if (!Array.isArray(files)) throw invalid('files', 'must be a list');
  if (!Array.isArray(inputs)) throw invalid('inputs', 'must be a list');
  return {
    status: checkOneOf(finish.status, FINAL_STATUSES, 'status') as ExecutionFinish['status'],
    endTime: checkWhole(finish.endTime, 'endTime'),
    outcome: copyJson(finish.outcome, 'outcome'),
    files: files.map(checkFile),
    inputs: inputs.map(checkInput),
    sandbox: finish.sandbox === undefined ? undefined : checkSandboxPatch(finish.sandbox),
  };
}

/** Hashes of the content that an entry points to. */
export function contentOf({ files, inputs }: Pick<ExecutionFinish, 'files' | 'inputs'>): string[] {
  const kept = files.filter((file) => !file.omitted && file.sha256 !== '');
  return [...kept, ...(inputs ?? [])].map(({ sha256 }) => sha256);
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

function checkInput(input: InputRecord): InputRecord {
  requireObject(input, 'inputs');
  return {
    name: checkName(input.name, 'inputs.name'),
    sizeBytes: checkWhole(input.sizeBytes, 'inputs.sizeBytes'),
    sha256: checkSha256(input.sha256, 'inputs.sha256'),
  };
}

export function checkExecutionId(id: string, name = 'id'): string {
  checkName(id, name);
  if (id === '' || id.length > MAX_ID_UNITS) {
    throw invalid(name, `must have 1 to ${MAX_ID_UNITS} characters`);
  }
  return id;
}
