/** An agent in the terminal: its words, its code and the code's output as they come. */
import { createCodeExecutionTool } from '@belljar/ai-sdk';
import { createEngine } from '@belljar/core';
import { languageModel } from '@belljar/example-shared/ai-sdk-model';
import { assertNames } from '@belljar/example-shared/expected-numbers';
import { chooseModel } from '@belljar/example-shared/model-choice';
import { type ModelMessage, ToolLoopAgent } from 'ai';
import { QUESTIONS, script } from './script.js';

const choice = chooseModel(process.env);
const print = (text: string) => process.stdout.write(text);
print(`model: ${choice.label}\n`);

await using engine = await createEngine();
const agent = new ToolLoopAgent({
  model: languageModel(choice, script),
  instructions:
    'Compute with the tool execute_code, never guess. Answer in two or three sentences.',
  tools: {
    execute_code: createCodeExecutionTool({
      engine,
      key: 'terminal',
      images: choice.images,
      onCode: (code) => print(`\n${code.replace(/^/gm, '  > ')}\n`),
      onStdout: (text) => print(text.replace(/^(?=.)/gm, '  | ')),
    }),
  },
});

const messages: ModelMessage[] = [];
for (const { question, expected } of QUESTIONS) {
  print(`\n# ${question}\n`);
  messages.push({ role: 'user', content: question });
  const result = await agent.stream({ messages });
  for await (const text of result.textStream) print(text);
  print('\n');
  messages.push(...(await result.responseMessages));
  assertNames(await result.text, expected);
}
print('\n✓ both answers are right\n');
