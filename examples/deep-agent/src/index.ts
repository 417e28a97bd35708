/** A deep agent whose whole file system is a sandbox: it reads a log, writes a program, runs it, reports. */
import { createEngine } from '@belljar/core';
import { assertNames } from '@belljar/example-shared/expected-numbers';
import { chatModel } from '@belljar/example-shared/langchain-model';
import { chooseModel } from '@belljar/example-shared/model-choice';
import { createTranscript } from '@belljar/example-shared/transcript';
import { BelljarBackend, SANDBOX_PROMPT } from '@belljar/langchain/deepagents';
import { createDeepAgent } from 'deepagents';
import type { BaseMessage } from 'langchain';
import { EXPECTED, LOG } from './access-log.js';
import { script } from './script.js';

const TASK =
  '/access.log has a request a line: path, status, milliseconds. Which path is slowest on average? ' +
  'Write a Python program that finds out, run it, and write /report.md: the path, its requests, how ' +
  'many of them failed with status 500, and its average in milliseconds with two decimals.';

const choice = chooseModel(process.env);
const transcript = createTranscript(process.stdout);
transcript.fact('model', choice.label);

await using engine = await createEngine();
const sandbox = await engine.createSandbox({ displayName: 'deep agent' });
const backend = new BelljarBackend({ sandbox, images: choice.images });
await backend.uploadFiles([['/access.log', new TextEncoder().encode(LOG)]]);
const agent = createDeepAgent({
  model: chatModel(choice, script),
  backend,
  systemPrompt: SANDBOX_PROMPT,
});

transcript.question(1, 1, TASK);
const { messages } = await agent.invoke({ messages: [{ role: 'user', content: TASK }] });
for (const message of messages as BaseMessage[]) {
  if (message.type === 'tool') transcript.block(`${message.name}`, message.text);
}
transcript.block('answer', (messages as BaseMessage[]).at(-1)?.text ?? '', 'cyan');

const [report] = await backend.downloadFiles(['/report.md']);
const text = new TextDecoder().decode(report?.content ?? new Uint8Array());
transcript.block('report.md', text.trimEnd());
assertNames(text, EXPECTED);
if (!text.includes('/checkout')) throw new Error('The report names another path.');
transcript.check(true, 'the report is right: path, requests, failures and average');
