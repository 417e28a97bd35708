/** A record that shares nothing with the one that it is a copy of. */
import { copyJson } from './copy-json.js';
import type { SandboxRecord } from './store.js';

export function copySandbox(record: SandboxRecord): SandboxRecord {
  return {
    ...record,
    labels: { ...record.labels },
    limits: copyJson(record.limits, 'limits'),
    survival: copyJson(record.survival, 'survival'),
  };
}
