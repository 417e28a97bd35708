import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The checkout's top folder, with a slash at its end. */
export const repositoryRoot: string = fileURLToPath(new URL('../../', import.meta.url));

const notOurs = new Set(['node_modules', 'dist', 'fixtures', '__pycache__']);

/** Paths of source files that match one of the patterns, relative to the checkout, sorted. */
export function sourceFiles(patterns: readonly string[]): string[] {
  return globSync(patterns, {
    cwd: repositoryRoot,
    exclude: (name) => notOurs.has(name.split('/').pop() ?? name),
  }).sort();
}

export function readSource(path: string): string {
  return readFileSync(`${repositoryRoot}${path}`, 'utf8');
}
