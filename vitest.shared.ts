import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';

/** What every project of the workspace runs with. A process per test file: tests spawn and kill. */
export const shared = {
  pool: 'forks',
  // All cores: left to itself, vitest keeps one free, which on two is half of them.
  maxWorkers: '100%',
  // Keys of tests are not put among the user's own.
  env: { XDG_CONFIG_HOME: join(tmpdir(), `belljar-tests-${userInfo().uid}`) },
  testTimeout: 30_000,
  // Tests of real processes on a busy machine: one more try, and the run's end names who needed it.
  retry: process.env.CI ? 1 : 0,
  hookTimeout: 60_000,
  teardownTimeout: 20_000,
} as const;
