/** Before each file of the project `test-confined`: a Python that its sandboxes can reach. */
import { createEngine } from '@belljar/core';
import { beforeEach } from 'vitest';
import { reachablePython } from './level.js';

const python = reachablePython();
if (python !== undefined) process.env.BELLJAR_PYTHON = python;

async function refusal(): Promise<string | undefined> {
  try {
    await using engine = await createEngine({
      python: { preload: [], poolSize: 0 },
      onWarning() {},
    });
    const { isolation } = await engine.run({ code: '1' });
    return isolation.level === 'confined' ? undefined : `the level is '${isolation.level}'`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

const reason = await refusal();
if (reason !== undefined) {
  beforeEach(({ skip }) => skip(`needs isolation level 'confined': ${reason}`));
}
