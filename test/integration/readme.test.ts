/** Every TypeScript program, and every belljar command, of a README runs as it stands. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { createEngine } from '@belljar/core';
import { afterAll, describe, expect, it } from 'vitest';
import { requires } from '../helpers/requires.js';
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

const COMMAND = /^.*npx belljar.*$/gm;

/** `npx` finds the program in this checkout and fetches nothing. */
async function shell(line: string, cwd: string): Promise<string> {
  const PATH = [dirname(process.execPath), process.env.PATH].join(delimiter);
  const npx = `npx --no-install --prefix '${repositoryRoot}' belljar`;
  const env = { ...process.env, PATH };
  return (await run('/bin/sh', ['-c', line.replace('npx belljar', npx)], { cwd, env })).stdout;
}

const withDoctor = await requires('engine.doctor()', async () => {
  await using engine = await createEngine();
  return 'doctor' in engine || 'this core has none yet';
});

describe('the commands of README.md and packages/cli/README.md', () => {
  const commands = ['README.md', 'packages/cli/README.md'].map((path) =>
    [...readFileSync(join(repositoryRoot, path), 'utf8').matchAll(COMMAND)]
      .map(([line]) => line)
      .filter((line) => !line.startsWith('Nothing')),
  );
  const [lines = []] = commands;
  const folder = mkdtempSync('/tmp/bjr-');
  afterAll(() => rmSync(folder, { recursive: true }));

  it('are the same three in both', () => {
    const bare = commands.map((some) => some.map((line) => line.replace(/\s+#.*$/, '')));
    expect(bare[0]).toHaveLength(3);
    expect(bare[1]).toEqual(bare[0]);
  });

  it('run a file with data, and save what it made', async () => {
    writeFileSync(join(folder, 'data.csv'), '1,2\n');
    writeFileSync(
      join(folder, 'analysis.py'),
      'open("out.txt", "w").write(open("data.csv").read())',
    );
    expect(await shell(lines[0] ?? '', folder)).toBe('4\n');
    expect(readFileSync(join(folder, 'belljar-out/out.txt'), 'utf8')).toBe('1,2\n');
  });

  it('run code from a pipe', async () => {
    expect(await shell(lines[1] ?? '', folder)).toBe('42\n');
  });

  withDoctor('examine this machine', async () => {
    expect(JSON.parse(await shell(lines[2] ?? '', folder))).toMatchObject({ ok: true });
  });
});

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
