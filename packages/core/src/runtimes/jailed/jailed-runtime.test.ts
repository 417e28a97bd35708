import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { DEFAULT_LIMITS } from '../../limits.js';
import { JailedRuntime } from './jailed-runtime.js';
import { launchJail } from './launch.js';

it('ends an interpreter that starts and says nothing', async () => {
  const folder = mkdtempSync('/tmp/bjt-');
  try {
    const interpreter = join(folder, 'python3');
    writeFileSync(interpreter, '#!/bin/sh\nexec sleep 1000\n');
    chmodSync(interpreter, 0o755);
    const launch = await launchJail({
      interpreter,
      preload: [],
      threads: 1,
      minimumIsolation: 'confined',
    });
    const runtime = new JailedRuntime(launch, {
      poolSize: 0,
      poolLimits: DEFAULT_LIMITS,
      waitForPreload: false,
      startTimeoutMs: 50,
      onWarning: () => {},
    });
    await expect(runtime.acquire(DEFAULT_LIMITS)).rejects.toMatchObject({
      code: 'RUNTIME_UNAVAILABLE',
      message: expect.stringContaining('said nothing for 50 ms'),
    });
    expect(await launch.ended).toMatchObject({ signal: 'SIGKILL' });
    await runtime.close();
  } finally {
    rmSync(folder, { recursive: true });
  }
});
