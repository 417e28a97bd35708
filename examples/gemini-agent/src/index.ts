/** A chat with Gemini that runs its code in a sandbox, looks at its own chart, and answers. */
import assert from 'node:assert/strict';
import { assertNames } from '@belljar/example-shared/expected-numbers';
import { openEngine } from '@belljar/example-shared/open-engine';
import { createTranscript } from '@belljar/example-shared/transcript';
import { createCodeExecutionTool, createFileTools } from '@belljar/gemini';
import { connect } from './connect.js';
import { CSV, QUESTIONS } from './questions.js';

const transcript = createTranscript(process.stdout);
await using gemini = await connect(process.env);
transcript.fact('model', gemini.label);

const { engine } = await openEngine({
  needs: ['pandas', 'matplotlib'],
  onProgress: transcript.progress,
});
await using _closing = engine;
const sandbox = await engine.createSandbox();
await sandbox.files.write('in/rain.csv', CSV);

const chat = gemini.client.chats.create({
  model: gemini.model,
  config: {
    systemInstruction:
      'Compute with the tool execute_code, never guess. Answer in one or two sentences.',
    tools: [
      createCodeExecutionTool({
        sandbox,
        onCode: (code) => transcript.block('code', code),
        onStdout: (text) => transcript.block('output', text.trimEnd()),
      }),
      createFileTools({ sandbox }),
    ],
  },
});

for (const [index, { question, expected }] of QUESTIONS.entries()) {
  transcript.question(index + 1, QUESTIONS.length, question);
  const { text = '' } = await chat.sendMessage({ message: question });
  transcript.block('answer', text, 'cyan');
  assertNames(text, expected);
}

const responses = chat
  .getHistory()
  .flatMap(({ parts = [] }) => parts.map((part) => part.functionResponse));
const images = responses.flatMap((response) => response?.parts ?? []);
assert.equal(images[0]?.inlineData?.mimeType, 'image/png', 'Gemini was shown no chart');
transcript.check(true, 'both answers are right, and Gemini was shown its chart');
