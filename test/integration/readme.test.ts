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
const folder = mkdtempSync('/tmp/bjr-');
/** Where a program finds the packages as built, and keeps what it keeps. */
const programFolder = mkdtempSync(join(repositoryRoot, 'node_modules/.readme-'));
afterAll(() => {
  for (const path of [folder, programFolder]) rmSync(path, { recursive: true });
});

const textOf = (path: string): string => readFileSync(join(repositoryRoot, path), 'utf8');

function blocksOf(path: string, language: 'ts' | 'sh'): string[] {
  const blocks = textOf(path).matchAll(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, 'g'));
  return [...blocks].map((match) => match[1] ?? '');
}

/** What a program prints, run by a Node of its own. */
async function output(program: string): Promise<string> {
  const { stdout } = await run(
    process.execPath,
    ['--input-type=module-typescript', '--eval', program],
    { cwd: programFolder },
  );
  return stdout;
}

/** `npx` finds the program in this checkout and fetches nothing. */
async function shell(script: string): Promise<string> {
  const binaries = join(repositoryRoot, 'node_modules/.bin');
  const PATH = [binaries, dirname(process.execPath), process.env.PATH].join(delimiter);
  const npx = `npx --no-install --prefix '${repositoryRoot}' belljar`;
  const options = { cwd: folder, env: { ...process.env, PATH } };
  return (await run('/bin/sh', ['-ec', script.replace('npx belljar', npx)], options)).stdout;
}

const withDoctor = await requires('engine.doctor()', async () => {
  await using engine = await createEngine();
  return 'doctor' in engine || 'this core has none yet';
});

describe('the commands of README.md and packages/cli/README.md', () => {
  const commands = ['README.md', 'packages/cli/README.md'].map((path) =>
    [...textOf(path).matchAll(/^.*npx belljar.*$/gm)]
      .map(([line]) => line)
      .filter((line) => !line.startsWith('Nothing')),
  );
  const [lines = []] = commands;

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
    expect(await shell(lines[0] ?? '')).toBe('4\n');
    expect(readFileSync(join(folder, 'belljar-out/out.txt'), 'utf8')).toBe('1,2\n');
  });

  it('run code from a pipe', async () => {
    expect(await shell(lines[1] ?? '')).toBe('42\n');
  });

  withDoctor('examine this machine', async () => {
    expect(JSON.parse(await shell(lines[2] ?? ''))).toMatchObject({ ok: true });
  });

  it.for(['README.md', 'packages/cli/README.md'])(
    'go on from memory, each in a process of its own (%s)',
    async (path) => {
      const [script] = blocksOf(path, 'sh').filter((block) => block.includes('belljar execute'));
      const printed = await shell(script ?? '');
      expect(printed).toMatch(/^42\n/);
      expect(JSON.parse(printed.slice(3))).toMatchObject({
        executions: [{ code: 'x = 41\n', status: 'ok' }],
      });
    },
  );
});

describe('README.md', () => {
  it('has one complete program, which prints what its comments say', async () => {
    const program = blocksOf('README.md', 'ts').find((block) => block.includes('import ')) ?? '';
    const printed = await output(program);
    expect(printed).toContain("ok { 'text/plain': '2' }");
    expect(printed).toContain("[ 'report' ]");
    expect(printed).toContain("[ 'created out.txt' ]");
    expect(printed).toContain('total 200\nundefined\n');
    expect(printed).toContain('error URLError');
  });
});

describe('packages/core/README.md', () => {
  it('has a program, which prints what its comment says', async () => {
    const [program = ''] = blocksOf('packages/core/README.md', 'ts');
    expect(await output(program)).toBe("ok { 'text/plain': '42' }\n");
  });
});

describe('the adapters', () => {
  const adapters = ['ai-sdk', 'langchain', 'gemini'];
  /** What the lines of README.md take for granted. */
  const given = {
    'ai-sdk': `import { ToolLoopAgent, type LanguageModel } from 'ai';
declare const model: LanguageModel, key: string, prompt: string;`,
    langchain: `import { createAgent } from 'langchain';
declare const model: string, messages: [], thread: { configurable: { thread_id: string } };`,
    gemini: `import type { GoogleGenAI } from '@google/genai';
declare const ai: GoogleGenAI, model: string, contents: string, key: string;`,
  };

  it('stand in README.md and in their own READMEs with lines that type-check', async () => {
    const [...side] = blocksOf('README.md', 'ts');
    for (const [index, adapter] of adapters.entries()) {
      const imports = `import { createEngine } from '@belljar/core';
import { createCodeExecutionTool } from '@belljar/${adapter}';`;
      const lines = `${given[adapter as keyof typeof given]}\n${imports}\n${side[index]}`;
      writeFileSync(join(programFolder, `${adapter}-beside.ts`), lines);
      const [own = ''] = blocksOf(`packages/${adapter}/README.md`, 'ts');
      expect(own).toContain('await using engine');
      writeFileSync(join(programFolder, `${adapter}-own.ts`), own);
    }
    const compilerOptions = {
      strict: true,
      skipLibCheck: true,
      noEmit: true,
      target: 'esnext',
      module: 'nodenext',
      types: ['node'],
    };
    const configuration = { compilerOptions, include: ['*.ts'] };
    writeFileSync(join(programFolder, 'tsconfig.json'), JSON.stringify(configuration));
    writeFileSync(join(programFolder, 'package.json'), '{ "type": "module" }');
    const tsc = join(repositoryRoot, 'node_modules/.bin/tsc');
    const checked = run(tsc, ['-p', programFolder]).catch((error: { stdout: string }) => error);
    expect((await checked).stdout).toBe('');
  });
});
