/** Every example runs without a key, says so, checks its own output, and leaves nothing behind. */
import { execFile } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { repositoryRoot } from '../helpers/source-files.js';

/** `chat-web` and `data-analyst` have tests of their own. The first to need pandas may have to install it. */
const NAMES = [
  'adk-agent',
  'ai-sdk-agent',
  'deep-agent',
  'financial-calculations',
  'fork-and-choose',
  'gemini-agent',
  'langchain-agent',
  'write-and-test',
];

const temporary = mkdtempSync('/tmp/bjx-');
chmodSync(temporary, 0o711); // where root's sandboxes share the host's files, other user ids pass through it
afterAll(() => rmSync(temporary, { recursive: true }));

function runExample(name: string): Promise<{ code: number; stdout: string; stderr: string }> {
  const env: NodeJS.ProcessEnv = { ...process.env, NO_COLOR: '1', TMPDIR: temporary };
  for (const key of Object.keys(env)) {
    if (/^(GOOGLE_GENERATIVE_AI|GOOGLE_API|GEMINI|ANTHROPIC|OPENAI)_/.test(key)) delete env[key];
  }
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [join(repositoryRoot, 'examples', name, 'dist/index.js')],
      { env },
      (error, stdout, stderr) => resolve({ code: error ? Number(error.code) : 0, stdout, stderr }),
    );
  });
}

describe('the examples', () => {
  it.for(NAMES)('%s', { timeout: 300_000 }, async (name) => {
    const { code, stdout, stderr } = await runExample(name);
    expect(code, `${stdout}\n${stderr}`).toBe(0);
    expect(stdout).toMatch(/^model:? +scripted: fixed code, answers read from the results/);
    expect(stdout.trimEnd().split('\n').at(-1)).toMatch(/^✓ /);
    expect(readdirSync(temporary)).toEqual([]);
  });
});
