/** What every project of the workspace runs with. A process per test file: tests spawn and kill. */
export const shared = {
  pool: 'forks',
  testTimeout: 30_000,
  hookTimeout: 60_000,
  teardownTimeout: 20_000,
} as const;
