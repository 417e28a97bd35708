/** Looks for bytes in all files of a directory. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** In a process of its own: who closes a file that SQLite has open in this one takes its locks. */
const SEARCH = `
const { readdirSync, readFileSync } = require('node:fs');
const [directory, ...wanted] = JSON.parse(readFileSync(0, 'utf8'));
const entries = readdirSync(directory, { recursive: true, withFileTypes: true });
const files = entries.filter((one) => one.isFile()).map((one) => one.parentPath + '/' + one.name);
const contents = files.map((file) => readFileSync(file));
const found = wanted.filter((one) => contents.some((bytes) => bytes.includes(one, 0, 'latin1')));
process.stdout.write(JSON.stringify(found));
`;

/** Of these byte strings (one character each byte), those that are in a file. */
export function found(directory: string, wanted: readonly string[]): string[] {
  const input = JSON.stringify([directory, ...wanted]);
  const options = { input, encoding: 'utf8', maxBuffer: 2 ** 28 } as const;
  const { stdout, status, stderr } = spawnSync(process.execPath, ['-e', SEARCH], options);
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as string[];
}

/** The wrapped keys of sandboxes, as byte strings, by sandbox. */
export function wrappedKeys(directory: string): Record<string, string> {
  const database = new DatabaseSync(join(directory, 'belljar.db'));
  const sql = 'SELECT s.id, wrapped FROM keys JOIN sandboxes AS s ON s.key_id = keys.id';
  const rows = database.prepare(sql).all() as { id: string; wrapped: Uint8Array }[];
  database.close();
  return Object.fromEntries(
    rows.map(({ id, wrapped }) => [id, Buffer.from(wrapped).toString('latin1')]),
  );
}
