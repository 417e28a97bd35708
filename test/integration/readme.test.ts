/** Every TypeScript program of a README runs as it stands. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { repositoryRoot } from '../helpers/source-files.js';

const run = promisify(execFile);
const PROGRAM = /```ts\n([\s\S]*?)```/g;

function programsOf(path: string): string[] {
  const text = readFileSync(join(repositoryRoot, path), 'utf8');
  return [...text.matchAll(PROGRAM)].map((match) => match[1] ?? '');
}

/** What a program prints, run by a Node of its own with the packages as built. */
async function output(program: string): Promise<string> {
  const { stdout } = await run(
    process.execPath,
    ['--input-type=module-typescript', '--eval', program],
    { cwd: join(repositoryRoot, 'test') },
  );
  return stdout;
}

describe('README.md', () => {
  it('has one complete program, which prints what its comments say', async () => {
    const [program] = programsOf('README.md');
    expect(program).toBeDefined();
    const printed = await output(program ?? '');
    expect(printed).toContain("ok { 'text/plain': '2' }");
    expect(printed).toContain("[ 'created out.txt' ]");
    expect(printed).toContain('total 200');
    expect(printed).toContain('error URLError');
  });
});
