/** Which files of a workspace an execution created, changed or removed. */
import { lstat, readdir } from 'node:fs/promises';
import { nameOfBytes } from '../file-names.js';

export const MAX_DEPTH = 100;

export interface Scan {
  /** Of each regular file, by its name: what tells that it was changed. */
  files: ReadonlyMap<string, { identity: string; sizeBytes: number }>;
  /** Of all files together. */
  bytes: number;
  /** Files, folders and whatever else has a name. */
  entries: number;
}

/** Symbolic links are not followed. */
export async function scanFolder(root: string): Promise<Scan> {
  const files = new Map<string, { identity: string; sizeBytes: number }>();
  const base = Buffer.from(`${root}/`);
  let bytes = 0;
  let entries = 0;
  const waiting = [{ path: Buffer.alloc(0), depth: 0 }];
  for (let folder = waiting.pop(); folder; folder = waiting.pop()) {
    const { path, depth } = folder;
    const place = Buffer.concat([base, path]);
    const leaves = await readdir(place, { encoding: 'buffer' }).catch(() => []);
    for (const leaf of leaves) {
      const below = Buffer.concat([path, leaf]);
      const status = await lstat(Buffer.concat([base, below]), { bigint: true }).catch(
        () => undefined,
      );
      if (!status) continue;
      entries += 1;
      if (status.isDirectory() && depth < MAX_DEPTH) {
        waiting.push({ path: Buffer.concat([below, Buffer.from('/')]), depth: depth + 1 });
      }
      if (!status.isFile()) continue;
      const { ino, size, mtimeNs, ctimeNs } = status;
      bytes += Number(size);
      const identity = `${ino} ${size} ${mtimeNs} ${ctimeNs}`;
      files.set(nameOfBytes(below), { identity, sizeBytes: Number(size) });
    }
  }
  return { files, bytes, entries };
}

export interface Change {
  name: string;
  change: 'created' | 'changed' | 'removed';
  sizeBytes: number;
}

/** Sorted by name. */
export function difference(before: Scan, after: Scan): Change[] {
  const changes: Change[] = [];
  for (const [name, { identity, sizeBytes }] of after.files) {
    const known = before.files.get(name);
    if (known?.identity === identity) continue;
    changes.push({ name, change: known ? 'changed' : 'created', sizeBytes });
  }
  for (const name of before.files.keys()) {
    if (!after.files.has(name)) changes.push({ name, change: 'removed', sizeBytes: 0 });
  }
  return changes.sort((a, b) => (a.name < b.name ? -1 : 1));
}
