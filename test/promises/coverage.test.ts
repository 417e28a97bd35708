import { describe, expect, it } from 'vitest';
import { readSource, sourceFiles } from '../helpers/source-files.js';
import { isPromiseId, manifest, type PromiseId, reachedPromises } from './manifest.js';

/** Where each cited id is cited; only ids written as a literal count. */
function citations(): Map<string, string[]> {
  const found = new Map<string, string[]>();
  const files = sourceFiles([
    'test/**/*.ts',
    'packages/*/{src,test}/**/*.ts',
    'examples/*/**/*.ts',
  ]);
  for (const path of files) {
    if (path === 'test/promises/coverage.test.ts' || path.startsWith('test/tooling/')) continue;
    for (const match of readSource(path).matchAll(/\bverifies\(\s*(['"`])([^'"`]+)\1/g)) {
      const id = match[2] ?? '';
      found.set(id, [...(found.get(id) ?? []), path]);
    }
  }
  return found;
}

describe('promises', () => {
  const cited = citations();

  it.for(reachedPromises())('%s is cited by a test', (id) => {
    expect(
      cited.get(id),
      `no test says verifies('${id}', …): ${manifest[id].sentence}`,
    ).toBeDefined();
  });

  it('are cited under ids that exist', () => {
    expect([...cited].filter(([id]) => !isPromiseId(id))).toEqual([]);
  });

  it('that are not reached say what is missing', () => {
    const pending = (Object.keys(manifest) as PromiseId[]).filter((id) => manifest[id].pending);
    for (const id of pending) expect(manifest[id].pending?.length).toBeGreaterThan(20);
    expect([...pending, ...reachedPromises()].sort()).toEqual(Object.keys(manifest).sort());
  });
});
