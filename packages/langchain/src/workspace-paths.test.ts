import type { Sandbox } from '@belljar/core';
import { describe, expect, it } from 'vitest';
import { matchesPattern, pathIn, workspaceName } from './workspace-paths.js';

/** Answers `pwd`, which is all that a path may ask. */
const at = (folder: string): Sandbox =>
  ({ shell: () => Promise.resolve({ stdout: `${folder}\n` }) }) as unknown as Sandbox;

describe('workspaceName', () => {
  it.each([
    ['/', ''],
    ['/a.txt', 'a.txt'],
    ['a.txt', 'a.txt'],
    ['//a/./b/', 'a/b'],
    ['/workspace', ''],
    ['/workspace/a.txt', 'a.txt'],
    ['/workspace/workspace/a', 'workspace/a'],
    ['/workspaces/a', 'workspaces/a'],
    ['/tmp/run/1/workspace/a', 'a'],
    ['/tmp/run/1/workspace', ''],
    ['/tmp/run/2/workspace/a', 'tmp/run/2/workspace/a'],
    ['/..a/b..', '..a/b..'],
    ['/a/../b', undefined],
    ['..', undefined],
    ['', undefined],
  ])('takes %j for %j', async (path, name) => {
    expect(await workspaceName(at('/tmp/run/1/workspace'), path)).toBe(name);
  });
});

describe('pathIn', () => {
  it.each([
    ['/', '', 'a/b', '/a/b'],
    ['/a', 'a', 'a/b', '/a/b'],
    ['/workspace/a/', 'a', 'a/b', '/workspace/a/b'],
    ['a', 'a', 'a/b', 'a/b'],
    ['/a', 'a', 'a', '/a'],
  ])('below %j (%j) %j is %j', (path, name, file, expected) => {
    expect(pathIn({ path, name }, file)).toBe(expected);
  });
});

describe('matchesPattern', () => {
  it.each([
    ['a.py', '*.py', true],
    ['sub/a.py', '*.py', false],
    ['sub/a.py', '**/*.py', true],
    ['a.py', '**/*.py', true],
    ['a.py', '/a.*', true],
    ['.env', '*', true],
    ['.git/config', '**/config', true],
    ['.env', '.*', true],
    ['a.py', '.*', false],
    ['a.ts', '*.{py,ts}', true],
    ['b1', 'b[0-9]', true],
  ])('%j and %j: %j', (path, pattern, expected) => {
    expect(matchesPattern(path, pattern)).toBe(expected);
  });
});
