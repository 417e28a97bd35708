import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { repositoryRoot } from '../helpers/source-files.js';

interface Run {
  code: number | null;
  lines: string[];
}

/** Runs vitest over one fixture with the reporter alone. */
async function runFixture(name: string, { ci = false, more = [] as string[] } = {}): Promise<Run> {
  const { CI, BELLJAR_TEST_SUMMARY, VITEST, VITEST_POOL_ID, VITEST_WORKER_ID, ...env } =
    process.env;
  const child = spawn(
    process.execPath,
    [
      `${repositoryRoot}node_modules/vitest/vitest.mjs`,
      'run',
      `--config=${repositoryRoot}test/tooling/fixtures/vitest.config.ts`,
      `--root=${repositoryRoot}test/tooling/fixtures`,
      `${name}.test.ts`,
      ...more,
    ],
    {
      env: { ...env, ...(ci ? { CI: 'true' } : {}), BELLJAR_TEST_STALL_MS: '10000' },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  const [output, code] = await Promise.all([
    text(child.stdout),
    new Promise<number | null>((resolve) => child.on('close', resolve)),
  ]);
  return { code, lines: output.trimEnd().split('\n') };
}

describe.concurrent('the closing line', () => {
  it('counts what passed and ends the output', async () => {
    const { code, lines } = await runFixture('passes');
    expect(lines.at(-1)).toBe('2 passed, 0 failed');
    expect(code).toBe(0);
  });

  it('counts what failed', async () => {
    const { code, lines } = await runFixture('fails');
    expect(lines.at(-1)).toBe('1 passed, 1 failed');
    expect(code).toBe(1);
  });

  it('counts a file that does not load as one failure', async () => {
    const { code, lines } = await runFixture('does-not-load');
    expect(lines.at(-1)).toBe('0 passed, 1 failed');
    expect(code).toBe(1);
  });

  it('counts a failing hook as a failure', async () => {
    const { code, lines } = await runFixture('broken-hook');
    expect(lines.at(-1)).toMatch(/^0 passed, 1 failed/);
    expect(code).toBe(1);
  });

  it('counts a run of nothing as a failure', async () => {
    const { code, lines } = await runFixture('no-such-file');
    expect(lines.at(-1)).toBe('0 passed, 1 failed');
    expect(code).toBe(1);
  });

  it('leaves out what the name filter left out', async () => {
    const { code, lines } = await runFixture('passes', { ci: true, more: ['-t', 'adds more'] });
    expect(lines.at(-1)).toBe('1 passed, 0 failed');
    expect(code).toBe(0);
  });

  it('ends a run that a test holds for ever, and names the file', async () => {
    const { code, lines } = await runFixture('spins');
    expect(lines.join('\n')).toContain('Running: spins.test.ts');
    expect(lines.at(-1)).toBe('0 passed, 1 failed');
    expect(code).toBe(1);
  }, 60_000);

  it('shows skips outside CI', async () => {
    const { code, lines } = await runFixture('skips');
    expect(lines.at(-1)).toBe('2 passed, 0 failed, 2 skipped');
    expect(code).toBe(0);
  });

  it('turns a skip into a failure under CI, with its reason, unless it is optional', async () => {
    const { code, lines } = await runFixture('skips', { ci: true });
    expect(lines.at(-1)).toBe('2 passed, 1 failed, 1 skipped');
    expect(lines.join('\n')).toContain('needs a flux capacitor: none is installed: install one');
    expect(code).toBe(1);
  });
});
