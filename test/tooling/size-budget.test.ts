import { describe, expect, it } from 'vitest';
import { readSource, sourceFiles } from '../helpers/source-files.js';

interface Budget {
  what: string;
  patterns: string[];
  /** Said, and left to the reader's judgement. */
  softLines: number;
  /** Over it, the file holds more than one concept. */
  hardLines: number;
}

const budgets: Budget[] = [
  {
    what: 'TypeScript source files',
    patterns: ['packages/*/src/**/*.ts', 'examples/*/src/**/*.ts', 'bench/src/**/*.ts'],
    softLines: 250,
    hardLines: 350,
  },
  {
    what: 'scripts',
    patterns: ['scripts/**/*.mjs'],
    softLines: 250,
    hardLines: 350,
  },
  {
    what: 'Python source files',
    patterns: ['packages/core/python/**/*.py'],
    softLines: 150,
    hardLines: 250,
  },
];

/** Files that are one table each; cutting them up would scatter what is reviewed as a whole. */
const tables: Record<string, string> = {
  'packages/core/python/belljar_runtime/jail/syscall_policy.py':
    'the system-call policy, data with a reason for each group',
};

function isTest(path: string): boolean {
  return /\.test(-d)?\.ts$|(^|\/)test_[^/]*\.py$|\/tests?\//.test(path);
}

function measure(budget: Budget): { path: string; lines: number }[] {
  return sourceFiles(budget.patterns)
    .filter((path) => !isTest(path) && tables[path] === undefined)
    .map((path) => ({ path, lines: readSource(path).trimEnd().split('\n').length }));
}

function describeFile({ path, lines }: { path: string; lines: number }): string {
  return `${path}: ${lines} lines`;
}

describe('size budget', () => {
  it.for(budgets)('$what are at most $hardLines lines long', (budget, { annotate }) => {
    const files = measure(budget);
    expect(files.length).toBeGreaterThan(0);
    const long = files.filter(({ lines }) => lines > budget.softLines);
    if (long.length > 0) {
      const list = long.map(describeFile).join('; ');
      void annotate(`over the ${budget.softLines} lines to aim for: ${list}`);
    }
    expect(long.filter(({ lines }) => lines > budget.hardLines).map(describeFile)).toEqual([]);
  });
});
