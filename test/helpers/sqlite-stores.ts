/** Stores in directories of their own, for tests. */
import { mkdtempSync, rmSync } from 'node:fs';
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
