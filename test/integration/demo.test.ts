import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startChatServer } from './demo-chat-server.js';

const entry = fileURLToPath(new URL('../../examples/data-analyst/dist/index.js', import.meta.url));

interface Outcome {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs the built demo without any key, so that the scripted model drives it. */
function runDemo(...args: string[]): Promise<Outcome> {
  return runDemoWith({}, ...args);
}

function runDemoWith(settings: NodeJS.ProcessEnv, ...args: string[]): Promise<Outcome> {
  const env: NodeJS.ProcessEnv = { ...process.env, NO_COLOR: '1' };
  for (const name of Object.keys(env)) {
    if (/^(GOOGLE_GENERATIVE_AI|GOOGLE_API|GEMINI|ANTHROPIC|OPENAI)_/.test(name)) delete env[name];
  }
  Object.assign(env, settings);
  return new Promise((resolve) => {
    execFile(process.execPath, [entry, ...args], { env }, (error, stdout, stderr) => {
      resolve({ code: error ? Number(error.code) : 0, stdout, stderr });
    });
  });
}

/** Two shares of four months, days out of order, one with a blank in its name. */
const OTHER_CSV = `symbol,date,price
TWO WORDS,2024-01-31,10
UP,2024-01-31,100
UP,2024-02-29,110
TWO WORDS,2024-02-10,99
TWO WORDS,2024-02-29,5
UP,2024-04-30,242
UP,2024-03-28,121
TWO WORDS,2024-03-28,20
TWO WORDS,2024-04-30,20
`;

describe('the data analyst', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'belljar-demo-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('analyses the sample, says which model drives, and leaves a chart', async () => {
    const out = join(folder, 'sample');
    const temporary = join(folder, 'tmp');
    await mkdir(temporary);
    const { code, stdout, stderr } = await runDemoWith({ TMPDIR: temporary }, '--out', out);
    expect(stderr).toBe('');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^model +scripted/m);
    expect(stdout).toContain('560 prices of 5 shares');
    expect(stdout).toContain('AMZN is the most volatile share, IBM the calmest.');
    expect(stdout.match(/✓ \d+ numbers agree/g)).toHaveLength(3);
    const chart = await readFile(join(out, 'chart.png'));
    expect(chart.subarray(0, 8).toString('latin1')).toBe('\x89PNG\r\n\x1a\n');
    expect(chart.length).toBeGreaterThan(10_000);

    const [, killed] = /^process +(\d+) is killed now \(kill -9\)/m.exec(stdout) ?? [];
    const [, other] = /^process +(\d+) opens the sandbox/m.exec(stdout) ?? [];
    expect(Number(killed)).toBeGreaterThan(0);
    expect(Number(other)).toBeGreaterThan(0);
    expect(other).not.toBe(killed);
    const places = ['2 of 3', 'is killed now', 'opens the sandbox', '3 of 3'].map((text) =>
      stdout.indexOf(text),
    );
    expect(places).toEqual(places.toSorted((a, b) => a - b));
    expect(await readdir(temporary)).toEqual([]);
  }, 300_000);

  it('is driven by a local server that speaks the chat protocol, without images', async () => {
    await using server = await startChatServer();
    const settings = { OPENAI_BASE_URL: server.url };
    const { code, stdout } = await runDemoWith(settings, '--model', 'tiny', '--out', folder);
    expect(stdout).toContain(`model    tiny at ${server.url}`);
    expect(code).toBe(0);
    const toolMessages = server.messages.filter(({ role }) => role === 'tool');
    expect(toolMessages).toHaveLength(3);
    expect(toolMessages[2]?.content).toContain('images: 1, shown to the user but not to you');
    expect(toolMessages[2]?.content.length).toBeLessThan(1_000);
  }, 300_000);

  it('answers another CSV with other numbers', async () => {
    const csv = join(folder, 'other.csv');
    await writeFile(csv, OTHER_CSV);
    const { code, stdout } = await runDemo('--csv', csv, '--out', join(folder, 'other'));
    expect(code).toBe(0);
    expect(stdout).toContain('The file has 9 rows on 2 shares.');
    expect(stdout).toContain('TWO WORDS: 5 prices, from 5 to 99');
    expect(stdout).toContain('UP: 40.00 % a month on average');
    expect(stdout).toContain('TWO WORDS 200.0');
    expect(stdout).not.toContain('AMZN');
  }, 300_000);

  it('fails when an answer lacks a number: a share that pandas reads as a missing value', async () => {
    const csv = join(folder, 'missing.csv');
    await writeFile(csv, OTHER_CSV.replaceAll('UP,', 'NA,'));
    const { code, stdout } = await runDemo('--csv', csv, '--out', join(folder, 'missing'));
    expect(code).toBe(1);
    expect(stdout).toContain('✗ not in the answer: NA prices 4.00');
  }, 300_000);

  it.each([
    ['a CSV without the columns', 'a,b\n1,2\n', 'has no column symbol, date, price'],
    ['a price that is no number', 'symbol,date,price\nA,2024-01-31,x\n', 'Line 2 of the CSV'],
    ['a CSV without rows', 'symbol,date,price\n', 'The CSV has no prices.'],
    ['too few months', 'symbol,date,price\nA,2024-01-31,1\n', 'fewer than three months'],
  ])('refuses %s in one sentence', async (_, content, sentence) => {
    const csv = join(folder, 'bad.csv');
    await writeFile(csv, content);
    const { code, stdout, stderr } = await runDemo('--csv', csv, '--out', dirname(csv));
    expect(code).toBe(1);
    expect(stdout).toBe('');
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(stderr).toContain(sentence);
  });

  it('refuses an option that it does not know, and explains those it does', async () => {
    const wrong = await runDemo('--cvs', 'x');
    expect(wrong.code).toBe(1);
    expect(wrong.stderr).toMatch(/^data-analyst: .*--cvs/);
    const help = await runDemo('--help');
    expect(help.code).toBe(0);
    expect(help.stdout).toContain('--csv <path>');
  });
});
