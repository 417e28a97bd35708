/** One process: answers its questions in a thread that other processes know, too. */
import { join } from 'node:path';
import { createEngine } from '@belljar/core';
import { assertNames } from '@belljar/example-shared/expected-numbers';
import { chooseModel } from '@belljar/example-shared/model-choice';
import { createTranscript } from '@belljar/example-shared/transcript';
import { createGraph } from './agent.js';
import { FileSaver } from './file-saver.js';
import { QUESTIONS } from './script.js';

const [state = '', first = '1', last = '1'] = process.argv.slice(2);
const transcript = createTranscript(process.stdout);
const choice = chooseModel(process.env);
transcript.fact('process', `${process.pid}, questions ${first} to ${last}`);

await using engine = await createEngine({ directory: join(state, 'sandboxes') });
const checkpointer = new FileSaver(join(state, 'checkpoints'));
const graph = createGraph({ choice, engine, checkpointer, transcript });
for (let number = Number(first); number <= Number(last); number += 1) {
  const { question = '', expected = {} } = QUESTIONS[number - 1] ?? {};
  transcript.question(number, QUESTIONS.length, question);
  const { messages } = await graph.invoke(
    { messages: [{ role: 'user', content: question }] },
    { configurable: { thread_id: 'collatz' } },
  );
  const answer = messages.at(-1)?.text ?? '';
  transcript.block('answer', answer, 'cyan');
  assertNames(answer, expected);
}
// No clean end: whatever the next process finds was kept while this one worked.
if (Number(last) < QUESTIONS.length) process.kill(process.pid, 'SIGKILL');
