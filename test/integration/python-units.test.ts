/** The unit tests of the Python side, one test here for each of its files. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { setupPython } from '@belljar/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { repositoryRoot, sourceFiles } from '../helpers/source-files.js';

const run = promisify(execFile);
const folder = 'packages/core/python/tests';
const modules = sourceFiles([`${folder}/test_*.py`]).map((path) =>
  path.slice(folder.length + 1, -'.py'.length),
);

/** With the data libraries where they can be had; without them the tests that need them skip. */
let interpreter = 'python3';
beforeAll(async () => {
  interpreter = await setupPython().then(
    (environment) => environment.interpreter,
    () => 'python3',
  );
}, 600_000);

describe.skipIf(process.platform !== 'linux')('the Python side', () => {
  it('has unit tests', () => {
    expect(modules.length).toBeGreaterThan(0);
  });

  it.for(modules)('%s passes', { timeout: 300_000 }, async (module, { annotate, skip }) => {
    const { stderr } = await run(interpreter, ['-B', '-m', 'unittest', '-v', module], {
      cwd: repositoryRoot + folder,
    });
    expect(stderr).toMatch(/^Ran [1-9]\d* tests? in /m);
    const skipped = stderr.split('\n').filter((line) => / \.\.\. skipped /.test(line));
    if (skipped.length === 0) return;
    // What needs a newer Python than this one cannot be had by installing something.
    const missing = skipped.filter((line) => !line.includes('not installed: Python 3.'));
    if (process.env.CI && missing.length > 0) skip(missing.join('; '));
    void annotate(`skipped: ${skipped.join('; ')}`);
  });
});
