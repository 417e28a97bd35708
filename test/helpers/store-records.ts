/** Records and entries for tests of stores. */
import { hash } from 'node:crypto';
import type { ExecutionFinish, ExecutionStart, FileRecord, SandboxRecord } from '@belljar/store';

export const NOW = 1_800_000_000_000;

export function sandboxRecord(part: Partial<SandboxRecord>): SandboxRecord {
  return {
    id: 'a',
    kind: 'sandbox',
    owner: 'owner',
    key: undefined,
    displayName: '',
    language: 'python',
    labels: {},
    state: 'running',
    limits: {},
    createTime: NOW,
    updateTime: NOW,
    expireTime: NOW + 1_000,
    survival: null,
    ...part,
  };
}

export function executionStart(part: Partial<ExecutionStart>): ExecutionStart {
  const requestHash = hash('sha256', 'request');
  return {
    id: 'e',
    kind: 'execute',
    requestHash,
    code: '1',
    request: null,
    startTime: NOW,
    ...part,
  };
}

export function executionFinish(part: Partial<ExecutionFinish>): ExecutionFinish {
  return { status: 'ok', endTime: NOW, outcome: {}, files: [], ...part };
}

export function createdFile(name: string, content: Uint8Array): FileRecord {
  const [sha256, sizeBytes] = [hash('sha256', content), content.length];
  return { name, change: 'created', sizeBytes, mimeType: 'text/plain', sha256 };
}
