/** A loan schedule and the risk of a portfolio: files in, numbers and files out, all of it checked. */
import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { createCodeExecutionTool } from '@belljar/ai-sdk';
import { languageModel } from '@belljar/example-shared/ai-sdk-model';
import { assertNames } from '@belljar/example-shared/expected-numbers';
import { chooseModel } from '@belljar/example-shared/model-choice';
import { openEngine } from '@belljar/example-shared/open-engine';
import { createTranscript } from '@belljar/example-shared/transcript';
import { type ModelMessage, ToolLoopAgent } from 'ai';
import { csvParse } from 'd3-dsv';
import { expectedLoan, expectedRisk } from './expected.js';
import { LOAN, PRICES_CSV, WEIGHTS } from './inputs.js';
import { QUESTIONS } from './questions.js';
import { script } from './script.js';

const choice = chooseModel(process.env);
const transcript = createTranscript(process.stdout);
transcript.fact('model', choice.label);

const { engine } = await openEngine({ needs: ['pandas'], onProgress: transcript.progress });
await using _closing = engine;
const sandbox = await engine.createSandbox({ displayName: 'finances' });
await sandbox.files.write('in/loan.json', JSON.stringify(LOAN));
await sandbox.files.write('in/prices.csv', PRICES_CSV);
await sandbox.files.write('in/weights.json', JSON.stringify(WEIGHTS));

const agent = new ToolLoopAgent({
  model: languageModel(choice, script),
  instructions:
    'You are a financial analyst. Compute with the tool execute_code and never guess a number. ' +
    'Do not round in between. Answer in at most three sentences, numbers with two decimals.',
  tools: {
    execute_code: createCodeExecutionTool({
      sandbox,
      images: choice.images,
      onCode: (code) => transcript.block('code', code),
      onStdout: (text) => transcript.block('output', text.trimEnd()),
    }),
  },
});

const messages: ModelMessage[] = [];
const expected = [expectedLoan(LOAN), expectedRisk(PRICES_CSV, WEIGHTS)];
for (const [index, question] of QUESTIONS.entries()) {
  transcript.question(index + 1, QUESTIONS.length, question);
  messages.push({ role: 'user', content: question });
  const { text, responseMessages } = await agent.generate({ messages });
  messages.push(...responseMessages);
  transcript.block('answer', text, 'cyan');
  assertNames(text, { ...expected[index] });
}
transcript.check(true, 'both answers agree with what TypeScript computed');

const out = new URL('../out/', import.meta.url);
await mkdir(out, { recursive: true });
const [schedule, risk] = await Promise.all(['out/schedule.csv', 'out/risk.json'].map(save));
const rows = csvParse(schedule ?? '');
assert.equal(rows.length, LOAN.months, 'the schedule has not one row a month');
assert(Math.abs(Number(rows.at(-1)?.balance)) < 0.01, 'the loan is not paid back');
assert.deepEqual(Object.keys(JSON.parse(risk ?? '')).sort(), Object.keys(expected[1] ?? {}).sort());
transcript.check(true, 'schedule.csv and risk.json are saved, and the loan is paid back');

/** Takes a file out of the sandbox. */
async function save(name: string): Promise<string> {
  const bytes = await sandbox.files.read(name);
  await writeFile(new URL(name.replace('out/', ''), out), bytes);
  return new TextDecoder().decode(bytes);
}
