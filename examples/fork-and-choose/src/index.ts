/** One session, forked eight ways: an agent goes on in each, and the best of them is kept. */
import assert from 'node:assert/strict';
import { createCodeExecutionTool } from '@belljar/ai-sdk';
import type { Sandbox } from '@belljar/core';
import { languageModel } from '@belljar/example-shared/ai-sdk-model';
import { chooseModel } from '@belljar/example-shared/model-choice';
import { openEngine } from '@belljar/example-shared/open-engine';
import { createTranscript } from '@belljar/example-shared/transcript';
import { generateText, isStepCount } from 'ai';
import { MEASUREMENTS, truth } from './measurements.js';
import { script } from './script.js';

const choice = chooseModel(process.env);
const transcript = createTranscript(process.stdout);
transcript.fact('model', choice.label);

const { engine } = await openEngine({ needs: ['numpy'], onProgress: transcript.progress });
await using _closing = engine;
const session = await engine.createSandbox({ displayName: 'session' });
await session.execute({
  files: [{ name: 'measurements.json', content: JSON.stringify(MEASUREMENTS) }],
  code: `
import json
import numpy as np
x, y = np.array(json.load(open("measurements.json"))).T
train, test = np.arange(len(x)) % 3 != 0, np.arange(len(x)) % 3 == 0
`,
});

const degrees = [1, 2, 3, 4, 5, 6, 7, 8];
const forks = await Promise.all(
  degrees.map((degree) => session.fork({ displayName: `degree ${degree}` })),
);
transcript.fact('forks', `${forks.length}, each with the memory of the session`);

const tries = await Promise.all(
  forks.map(async (sandbox, index) => {
    await ask(
      sandbox,
      `Fit a polynomial of degree ${degrees[index]} to x[train], y[train], as a function named model. ` +
        'Put its root mean square error on x[test], y[test] into a variable named error, and say it.',
    );
    // The number that decides is read from the sandbox, not from the model's words.
    const { result } = await sandbox.execute('float(error)');
    return { sandbox, error: Number(result?.['text/plain'] ?? Infinity) };
  }),
);
for (const { sandbox, error } of tries)
  transcript.fact(sandbox.info.displayName, `error ${error.toFixed(3)}`);

const [best, ...others] = tries.toSorted((a, b) => a.error - b.error);
assert(best !== undefined && Number.isFinite(best.error));
await Promise.all(others.map(({ sandbox }) => engine.deleteSandbox(sandbox.id)));
transcript.fact('kept', best.sandbox.info.displayName);

const answer = await ask(best.sandbox, 'What does model say for x = 1.5? Say just the number.');
transcript.block('answer', answer, 'cyan');
const said = Number(/-?\d+(\.\d+)?(?!.*\d)/.exec(answer)?.[0]);
assert(Math.abs(said - truth(1.5)) < 0.2, `${said} is not near ${truth(1.5)}`);
assert.equal((await engine.listSandboxes()).sandboxes.length, 2);
transcript.check(true, `the kept fork is right to 0.2; of the others nothing is left`);

/** One question to an agent whose code runs in that sandbox. */
async function ask(sandbox: Sandbox, prompt: string): Promise<string> {
  const { text } = await generateText({
    model: languageModel(choice, script),
    instructions: 'Use the variables that are there. Compute with the tool execute_code.',
    prompt,
    tools: { execute_code: createCodeExecutionTool({ sandbox, images: choice.images }) },
    stopWhen: isStepCount(10),
  });
  return text;
}
