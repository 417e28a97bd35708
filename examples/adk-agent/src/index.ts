/** An agent of Google's Agent Development Kit, with one sandbox for each session. */
import assert from 'node:assert/strict';
import { assertNames } from '@belljar/example-shared/expected-numbers';
import { openEngine } from '@belljar/example-shared/open-engine';
import { createTranscript } from '@belljar/example-shared/transcript';
import { createCodeExecutionTool } from '@belljar/gemini/adk';
import {
  InMemoryRunner,
  isFinalResponse,
  LlmAgent,
  LogLevel,
  setLogLevel,
  stringifyContent,
} from '@google/adk';
import { chooseLlm, QUESTIONS } from './script.js';

setLogLevel(LogLevel.WARN);
const transcript = createTranscript(process.stdout);
const { model, label } = chooseLlm(process.env);
transcript.fact('model', label);

const { engine } = await openEngine({ needs: ['matplotlib'], onProgress: transcript.progress });
await using _closing = engine;
const agent = new LlmAgent({
  name: 'mathematician',
  model,
  instruction: 'Compute with the tool execute_code, never guess. Answer in one or two sentences.',
  tools: [createCodeExecutionTool({ engine, onCode: (code) => transcript.block('code', code) })],
});

const runner = new InMemoryRunner({ agent });
const { appName } = runner;
const session = await runner.sessionService.createSession({ appName, userId: 'ada' });
const at = { userId: session.userId, sessionId: session.id };
let chart: string | undefined;
for (const [index, { question, expected }] of QUESTIONS.entries()) {
  transcript.question(index + 1, QUESTIONS.length, question);
  const newMessage = { role: 'user', parts: [{ text: question }] };
  for await (const event of runner.runAsync({ ...at, newMessage })) {
    [chart = chart] = Object.keys(event.actions.artifactDelta);
    if (!isFinalResponse(event)) continue;
    const answer = stringifyContent(event);
    transcript.block('answer', answer, 'cyan');
    assertNames(answer, expected);
  }
}

assert(chart, 'no chart was saved as an artifact');
const saved = await runner.artifactService?.loadArtifact({ appName, ...at, filename: chart });
assert.equal(saved?.inlineData?.mimeType, 'image/png');
transcript.fact('chart', `the session's artifact ${chart}`);
transcript.check(true, 'both answers are right, and the chart is an artifact');
