/**
 * The promise suite on each supported CPython that this machine has: with `npm test` on the oldest of
 * them, with `npm run hosts` on the others.
 */
import { expect } from 'vitest';
import { requires } from '../helpers/requires.js';
import { findPython, MINOR_VERSIONS } from './interpreters.js';
import { runPromises } from './run-promises.js';

/** Twenty times what it takes on two idle cores. */
const PATIENCE_MS = 5 * 60_000;
const others = process.env.BELLJAR_HOSTS === 'others';

for (const minor of others ? MINOR_VERSIONS.slice(1) : MINOR_VERSIONS.slice(0, 1)) {
  const python = findPython(minor);
  const withPython = await requires(
    `CPython 3.${minor}`,
    () => python !== undefined || 'name one in BELLJAR_PYTHONS',
    { optional: 'machines have one or two versions' },
  );
  withPython(
    `every promise holds with CPython 3.${minor}`,
    async () => {
      const tests = await runPromises({ facilities: [] }, { BELLJAR_PYTHON: python ?? '' });
      expect(tests.filter(({ status }) => status === 'failed')).toEqual([]);
      const passed = tests.filter(({ status }) => status === 'passed');
      expect(passed.length).toBeGreaterThan(60);
    },
    PATIENCE_MS,
  );
}

if (others) {
  const musl = process.env.BELLJAR_MUSL_PYTHON;
  const withMusl = await requires(
    'a CPython that runs on musl',
    () =>
      musl !== undefined || 'no package registry has one: build it, name it in BELLJAR_MUSL_PYTHON',
    { optional: 'no package registry has one' },
  );
  withMusl(
    'every promise holds on musl',
    async () => {
      const tests = await runPromises({ facilities: [] }, { BELLJAR_PYTHON: musl ?? '' });
      expect(tests.filter(({ status }) => status === 'failed')).toEqual([]);
    },
    PATIENCE_MS,
  );
}
