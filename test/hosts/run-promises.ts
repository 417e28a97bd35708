/** The promise suite in a vitest of its own, on a simulated host. */
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { repository, runOnHost } from './run-on-host.js';

export interface PromiseTest {
  file: string;
  name: string;
  status: string;
  message: string;
}

interface Report {
  testResults: {
    name: string;
    /** Why the file failed outside its tests. */
    message: string;
    assertionResults: { fullName: string; status: string; failureMessages: string[] }[];
  }[];
}

/**
 * Engines beside each other, ends of them at any moment, what the store answers: nothing there depends on the
 * host. Savepoints need a `/proc` and a PID namespace, which some hosts lack: what serves there has a test in
 * each suite.
 */
const ELSEWHERE = [
  'kill-anywhere',
  'directory',
  'list-filter',
  'owner-bound',
  'execution-exactly-once',
  'execution-kept',
  'javascript-state',
  'state-leases',
  'state-transfer',
  'state-ttl',
  'deaths',
  'execution-undone',
  'isolate-limits',
];

function promiseFiles(): string[] {
  return readdirSync(join(repository, 'test/promises'))
    .filter((name) => name.endsWith('.test.ts') && !ELSEWHERE.some((one) => name.startsWith(one)))
    .map((name) => `test/promises/${name}`);
}

export async function runPromises(
  { facilities }: { facilities: readonly string[] },
  environment: Record<string, string> = {},
): Promise<PromiseTest[]> {
  const folder = mkdtempSync('/tmp/bjp-');
  chmodSync(folder, 0o777); // another user writes the report
  const path = join(folder, 'report.json');
  // `npm run hosts` runs one of these at a time, `npm test` beside other files.
  const workers = process.env.BELLJAR_HOSTS === 'others' ? '100%' : '1';
  const vitest = [
    process.execPath,
    join(repository, 'node_modules/vitest/vitest.mjs'),
    'run',
    ...promiseFiles(),
    '--project=test',
    '--reporter=json',
    `--outputFile=${path}`,
    `--maxWorkers=${workers}`,
    // The default one writes the compiled configuration beside it, where root alone may write.
    '--configLoader=runner',
  ];
  try {
    // Skips of facilities that the host lacks are right there.
    const { stderr } = await runOnHost(facilities, vitest, { CI: '', ...environment });
    return testsOf(path, stderr);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function testsOf(path: string, stderr: string): PromiseTest[] {
  let report: Report;
  try {
    report = JSON.parse(readFileSync(path, 'utf8')) as Report;
  } catch {
    throw new Error(`vitest ended without a report: ${stderr}`);
  }
  return report.testResults.flatMap(({ name, message, assertionResults }) => {
    const file = basename(name);
    const tests = assertionResults.map(({ fullName, status, failureMessages }) => ({
      file,
      name: fullName,
      status,
      message: failureMessages.join('\n'),
    }));
    // A hook that failed leaves its tests skipped.
    return message ? [...tests, { file, name: '(hooks)', status: 'failed', message }] : tests;
  });
}
