/** What every project of the workspace runs with. A process per test file: tests spawn and kill. */
export const shared = {
  pool: 'forks',
  // All cores: left to itself, vitest keeps one free, which on two is half of them.
  maxWorkers: '100%',
  testTimeout: 30_000,
  // Tests of real processes on a busy machine: one more try, and the run's end names who needed it.
  retry: process.env.CI ? 1 : 0,
  hookTimeout: 60_000,
  teardownTimeout: 20_000,
} as const;
