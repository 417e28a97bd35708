import { writeFileSync } from 'node:fs';
import type { Reporter, TestCase, TestModule, TestSuite, Vitest } from 'vitest/node';
import { asSkip } from './skip.js';

interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

/** Longer than any one test or hook may take. */
const stallMs = Number(process.env.BELLJAR_TEST_STALL_MS || 5 * 60_000);

/**
 * Counts tests and ends the run with `N passed, N failed` alone on a line.
 *
 * A file or suite that fails outside its tests counts as one failed test, and so does a run that
 * was interrupted or ran nothing. Under CI a skip counts as failed, with its reason, unless it is
 * marked as allowed there (`requires` with `optional`). A run in which no test ends for five minutes
 * is ended, and names the files that were running. `npm test` gives a path in
 * `BELLJAR_TEST_SUMMARY`: then the counts go there and `npm test` prints the line.
 */
export class ClosingLineReporter implements Reporter {
  #vitest: Vitest | undefined;
  #stall: NodeJS.Timeout | undefined;
  readonly #begun = new Set<string>();

  onInit(vitest: Vitest): void {
    this.#vitest = vitest;
  }

  onTestModuleQueued(module: TestModule): void {
    this.#begun.add(module.relativeModuleId);
    this.#watch();
  }

  onTestModuleEnd(module: TestModule): void {
    this.#begun.delete(module.relativeModuleId);
    this.#watch();
  }

  onTestCaseResult(): void {
    this.#watch();
  }

  /** A test that never gives its process back is beyond vitest's own timeouts. */
  #watch(): void {
    clearTimeout(this.#stall);
    this.#stall = setTimeout(() => {
      const files = [...this.#begun].join(', ');
      process.stdout.write(`\nNo test has ended for ${stallMs / 1000} s. Running: ${files}\n`);
      publish({ passed: 0, failed: 1, skipped: 0 });
      process.exit(1);
    }, stallMs).unref();
  }

  onTestRunEnd(
    modules: readonly TestModule[],
    unhandledErrors: readonly unknown[],
    reason: 'passed' | 'interrupted' | 'failed',
  ): void {
    clearTimeout(this.#stall);
    const counts: Counts = { passed: 0, failed: unhandledErrors.length, skipped: 0 };
    const refused: string[] = [];
    const again: string[] = [];
    const pattern = this.#vitest?.getGlobalTestNamePattern();
    for (const module of modules) {
      counts.failed += failedOutsideTests(module);
      for (const test of module.children.allTests()) {
        if (pattern && !pattern.test(test.fullName.replaceAll(' > ', ' '))) continue;
        if (test.diagnostic()?.retryCount)
          again.push(`${test.module.relativeModuleId} > ${test.fullName}`);
        const refusal = count(test, counts);
        if (refusal !== undefined) refused.push(refusal);
      }
    }
    if (refused.length > 0) {
      process.stdout.write(`\nSkipped tests, which fail under CI:\n  ${refused.join('\n  ')}\n`);
    }
    if (again.length > 0) {
      process.stdout.write(`\nTried a second time, look at these:\n  ${again.join('\n  ')}\n`);
    }
    const nothingRan = counts.passed + counts.failed + counts.skipped === 0;
    if (counts.failed === 0 && (reason !== 'passed' || nothingRan)) counts.failed = 1;
    if (counts.failed > 0) process.exitCode = 1;
    publish(counts);
  }
}

function count(test: TestCase, counts: Counts): string | undefined {
  const result = test.result();
  if (result.state === 'passed') {
    counts.passed += 1;
  } else if (result.state === 'skipped') {
    const skip = asSkip(test.meta(), result.note ?? 'no reason given');
    if (process.env.CI && skip.optional === undefined) {
      counts.failed += 1;
      return `${test.module.relativeModuleId} > ${test.fullName}: ${skip.reason}`;
    }
    counts.skipped += 1;
  } else {
    // Failed, or still pending when the run ended.
    counts.failed += 1;
  }
  return undefined;
}

function failedOutsideTests(parent: TestModule | TestSuite): number {
  let failed = parent.errors().length > 0 ? 1 : 0;
  for (const suite of parent.children.suites()) failed += failedOutsideTests(suite);
  return failed;
}

function publish(counts: Counts): void {
  const path = process.env.BELLJAR_TEST_SUMMARY;
  if (path) {
    writeFileSync(path, JSON.stringify(counts));
    return;
  }
  const tail = counts.skipped > 0 ? `, ${counts.skipped} skipped` : '';
  process.stdout.write(`\n${counts.passed} passed, ${counts.failed} failed${tail}\n`);
}
