/**
 * The isolation level at which this run's sandboxes are. The project `test` runs at the best that
 * the machine gives; `test-confined` runs the suites whose promises are about the jail at `confined`,
 * by taking the namespaces away (`BELLJAR_WITHOUT`).
 */
import { execFileSync } from 'node:child_process';
import type { IsolationLevel } from '@belljar/core';
import { describe } from 'vitest';

export const level: IsolationLevel =
  (process.env.BELLJAR_TEST_LEVEL as IsolationLevel | undefined) ??
  ((process.env.BELLJAR_WITHOUT ?? '').split(',').includes('namespaces')
    ? 'confined'
    : 'namespaces');

export const isConfined = level === 'confined';

/** One of the two, by level. */
export const byLevel = <T>(namespaces: T, confined: T): T => (isConfined ? confined : namespaces);

/** A suite of one level: at another it is no suite, rather than one that is skipped. */
export function describeAt(at: IsolationLevel, name: string, suite: () => void): void {
  if (at === level) describe(name, suite);
}

/** At `confined`, root's sandboxes have user ids that must be able to reach the interpreter. */
export function reachablePython(): string | undefined {
  const asNobody = (python: string): boolean => {
    try {
      const drop = 'import os; os.setgid(65534); os.setuid(65534); os.execv(';
      execFileSync(
        '/usr/bin/python3',
        ['-c', `${drop}${JSON.stringify(python)}, ["p", "-c", ""])`],
        {
          stdio: 'ignore',
        },
      );
      return true;
    } catch {
      return false;
    }
  };
  if (process.geteuid?.() !== 0) return undefined;
  const resolve = (python: string): string[] => {
    try {
      const code = 'import sys; print(sys.executable)';
      return [execFileSync(python, ['-c', code], { encoding: 'utf8' }).trim()];
    } catch {
      return [];
    }
  };
  const given = process.env.BELLJAR_PYTHON ?? 'python3';
  return [given, '/usr/local/bin/python3', '/usr/bin/python3'].flatMap(resolve).find(asNobody);
}
