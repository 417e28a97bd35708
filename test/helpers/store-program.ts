/** Programs that open a store in a process of their own, to be killed or to get in each other's way. */

/** Records and entries for programs and tests alike. */
export const STORE_PRELUDE = `
import { createHash, randomBytes } from 'node:crypto';
import { writeSync } from 'node:fs';
import { createSqliteStore } from '@belljar/store';
const NOW = 1_800_000_000_000;
const hash = (content) => createHash('sha256').update(content).digest('hex');
const record = (id, part) => ({
  id, kind: 'sandbox', owner: 'owner', key: undefined, displayName: '', language: 'python', labels: {},
  state: 'running', limits: {}, createTime: NOW, updateTime: NOW, expireTime: NOW + 1000,
  survival: null, ...part,
});
const start = (id) => ({
  id, kind: 'execute', requestHash: hash(id), code: id, request: null, startTime: NOW,
});
const finish = (part) => ({ status: 'ok', endTime: NOW, outcome: {}, files: [], ...part });
const created = (name, content) => ({
  name, change: 'created', sizeBytes: content.length, mimeType: 'text/plain', sha256: hash(content),
});
const say = (text) => writeSync(1, text + '\\n');
`;

/** `store` is open in `directory`; the last line that it says is the program's answer. */
export function storeProgram(directory: string, body: string): string {
  return `${STORE_PRELUDE}
const directory = ${JSON.stringify(directory)};
const store = await createSqliteStore({ directory });
${body}`;
}
