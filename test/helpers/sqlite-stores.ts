/** Stores in directories of their own, for tests. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSqliteStore, type Store } from '@belljar/store';
import { afterAll } from 'vitest';

/** Returns what makes an empty directory; all are removed after the file's tests. */
export function useDirectories(): () => string {
  const made: string[] = [];
  afterAll(() => {
    for (const directory of made) rmSync(directory, { recursive: true, force: true });
  });
  return () => {
    const directory = mkdtempSync(join(tmpdir(), 'bjs-'));
    made.push(directory);
    return directory;
  };
}

/** Returns what makes an empty store. */
export function useSqliteStores(): () => Promise<Store> {
  const makeDirectory = useDirectories();
  return () => createSqliteStore({ directory: makeDirectory() });
}

/** The files of all blobs that a directory has, committed or not. */
export function blobFiles(directory: string): string[] {
  const folder = join(directory, 'blobs');
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries.filter((one) => one.isFile()).map((one) => join(one.parentPath, one.name));
}
