/** An agent writes a module and its tests, and runs them until they pass; then the host checks. */
import assert from 'node:assert/strict';
import { createCodeExecutionTool, createFileTools } from '@belljar/ai-sdk';
import { createEngine } from '@belljar/core';
import { languageModel } from '@belljar/example-shared/ai-sdk-model';
import { chooseModel } from '@belljar/example-shared/model-choice';
import { createTranscript } from '@belljar/example-shared/transcript';
import { isStepCount, ToolLoopAgent } from 'ai';
import { script } from './script.js';

const TASK =
  'Write roman.py with to_roman(number) and from_roman(text) for 1 to 3999; both raise ValueError ' +
  'for anything else. Write its tests in test_roman.py, with unittest. Run them in a process of ' +
  'their own (subprocess, sys.executable, -m unittest), and correct roman.py until all of them pass.';

const choice = chooseModel(process.env);
const transcript = createTranscript(process.stdout);
transcript.fact('model', choice.label);

await using engine = await createEngine();
const sandbox = await engine.createSandbox({ displayName: 'roman' });
const agent = new ToolLoopAgent({
  model: languageModel(choice, script),
  instructions: 'You are a careful Python programmer. You work with the tools that you have.',
  stopWhen: isStepCount(20),
  tools: {
    ...createFileTools({ sandbox }),
    execute_code: createCodeExecutionTool({
      sandbox,
      images: choice.images,
      onCode: (code) => transcript.block('code', code),
      onStdout: (text) => transcript.block('output', text.trimEnd()),
    }),
  },
});

transcript.question(1, 1, TASK);
const { text } = await agent.generate({ prompt: TASK });
transcript.block('answer', text, 'cyan');
for (const name of ['roman.py', 'test_roman.py']) {
  transcript.block(name, new TextDecoder().decode(await sandbox.files.read(name)).trimEnd());
}

// In a fresh sandbox: what counts is in the files, and nothing in the agent's memory helps.
const files = await Promise.all(
  ['roman.py', 'test_roman.py'].map(async (name) => ({
    name,
    content: await sandbox.files.read(name),
  })),
);
const check = await engine.run({
  files,
  code: `
import unittest
from roman import from_roman, to_roman
tests = unittest.TextTestRunner().run(unittest.defaultTestLoader.loadTestsFromName("test_roman"))
wrong = [n for n in range(1, 4000) if from_roman(to_roman(n)) != n]
tests.testsRun > 0 and tests.wasSuccessful() and not wrong and to_roman(1994) == "MCMXCIV"
`,
});
assert.equal(check.result?.['text/plain'], 'True', check.stderr);
transcript.check(true, 'the tests pass, and 1 to 3999 come back as they were');
