/** The story: three questions to an agent, its answers checked, its chart saved. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { createCodeExecutionTool } from '@belljar/ai-sdk';
import type { Engine, Execution, IsolationReport, Sandbox } from '@belljar/core';
import {
  chooseImages,
  type Environment,
  formatBytes,
  formatDuration,
  formatExecution,
} from '@belljar/core/tool';
import { type Expectation, missingFrom } from '@belljar/example-shared/expected-numbers';
import { openEngine } from '@belljar/example-shared/open-engine';
import type { Transcript } from '@belljar/example-shared/transcript';
import { type LanguageModel, type ModelMessage, ToolLoopAgent } from 'ai';
import { loadConversation, saveConversation } from './conversation.js';
import { loadPrices, type Prices } from './load-prices.js';
import { CHART_FILE, DATA_FILE, INSTRUCTIONS, QUESTIONS } from './questions.js';
import type { Part } from './two-processes.js';

export interface AnalyseOptions extends Part {
  csv: string | undefined;
  out: string;
  model: LanguageModel;
  label: string;
  images: 'to-model' | 'artifact-only';
  transcript: Transcript;
}

const CONVERSATION = 'data-analyst';
/** The first process does these, the second one the rest. */
const FIRST_TURNS = 2;

/** True when all numbers agree and the chart is there. The first process does not return if they do. */
export async function analyse(options: AnalyseOptions): Promise<boolean> {
  const { transcript, part, state } = options;
  const prices = await loadPrices(options.csv);
  const { engine, environment } = await openEngine({
    needs: ['pandas', 'matplotlib'],
    directory: join(state, 'sandboxes'),
    onProgress: transcript.progress,
  });
  await using _closing = engine;
  if (part === 'first') sayFacts(options, prices, environment);
  else transcript.fact('process', `${process.pid} opens the sandbox that the first one left`);

  const sandbox = await engine.openSandbox({ key: CONVERSATION });
  if (part === 'first') await sandbox.files.write(DATA_FILE, prices.csv);
  const { agent, executions } = createAgent(engine, environment, options);
  const messages = part === 'first' ? [] : await loadConversation(state);
  let agrees = true;
  for (const [index, question] of QUESTIONS.entries()) {
    if (index < FIRST_TURNS !== (part === 'first')) continue;
    transcript.question(index + 1, QUESTIONS.length, question);
    messages.push({ role: 'user', content: question });
    const { text, responseMessages } = await agent.generate({ messages });
    messages.push(...responseMessages);
    transcript.block('answer', text, 'cyan');
    if (!checkAnswer(text, prices.expected.answers[index] ?? [], transcript)) agrees = false;
  }
  if (part === 'first') return agrees && (await endInTheMiddle(state, messages, transcript));
  const saved = await saveChart(sandbox, options.out, transcript);
  const last = executions.at(-1);
  if (last) transcript.fact('jail', describeJail(last.isolation));
  return agrees && saved;
}

/** No clean end: whatever the next process finds was kept while this one worked. */
async function endInTheMiddle(
  state: string,
  messages: ModelMessage[],
  transcript: Transcript,
): Promise<never> {
  await saveConversation(state, messages);
  transcript.fact(
    'process',
    `${process.pid} is killed now (kill -9), with all that it had in memory`,
  );
  process.kill(process.pid, 'SIGKILL');
  return new Promise(() => {});
}

function sayFacts({ transcript, label }: AnalyseOptions, prices: Prices, environment: Environment) {
  const { rows, symbols } = prices.expected;
  transcript.fact('model', label);
  transcript.fact('data', `${prices.name}, ${rows} prices of ${symbols.length} shares`);
  transcript.fact('sandbox', describePython(environment));
}

/** An agent whose tool shows in the transcript what runs and what comes back. */
function createAgent(engine: Engine, environment: Environment, options: AnalyseOptions) {
  const { model, transcript, images } = options;
  const executions: Execution[] = [];
  const execute_code = createCodeExecutionTool({
    engine,
    key: CONVERSATION,
    environment,
    images,
    onCode: (code) => transcript.block('code', code),
    onExecution: (execution) => {
      executions.push(execution);
      const title = `result, ${formatDuration(execution.usage.wallMs)}`;
      const imagesAttached = images === 'to-model';
      const shown = { images: chooseImages(execution), imagesAttached };
      transcript.block(title, formatExecution(execution, shown));
    },
  });
  const agent = new ToolLoopAgent({ model, instructions: INSTRUCTIONS, tools: { execute_code } });
  return { agent, executions };
}

function checkAnswer(
  answer: string,
  expectations: readonly Expectation[],
  transcript: Transcript,
): boolean {
  const missing = missingFrom(answer, expectations);
  if (missing.length === 0) {
    transcript.check(
      true,
      `${expectations.length} numbers agree with the CSV, computed in TypeScript`,
    );
    return true;
  }
  const named = missing.slice(0, 5).map(({ what, value }) => `${what} ${value.toFixed(2)}`);
  const rest = missing.length > named.length ? ` and ${missing.length - named.length} more` : '';
  transcript.check(false, `not in the answer: ${named.join(', ')}${rest}`);
  return false;
}

async function saveChart(sandbox: Sandbox, out: string, transcript: Transcript): Promise<boolean> {
  const found = await sandbox.files.stat(CHART_FILE);
  const bytes = found?.type === 'file' ? await sandbox.files.read(CHART_FILE) : new Uint8Array();
  if (Buffer.from(bytes.subarray(1, 4)).toString('latin1') !== 'PNG') {
    transcript.check(false, `the sandbox has no PNG at ${CHART_FILE}`);
    return false;
  }
  await mkdir(out, { recursive: true });
  const path = join(out, 'chart.png');
  await writeFile(path, bytes);
  transcript.fact('chart', `${relative('', path)} (${formatBytes(bytes.length)})`);
  return true;
}

function describePython({ version, libraries }: Environment): string {
  const named = libraries.slice(0, 3).map(({ name, version: its }) => `${name} ${its}`);
  return `Python ${version} with ${named.join(', ')}`;
}

function describeJail({ level, layers, weakened }: IsolationReport): string {
  const weaker = weakened.length > 0 ? `; weakened: ${weakened.join(', ')}` : '';
  return `${level}, ${layers.length} layers, no network${weaker}`;
}
