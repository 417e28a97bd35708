#!/usr/bin/env node
import { languageModel } from '@belljar/example-shared/ai-sdk-model';
import { ExampleFailure } from '@belljar/example-shared/example-failure';
import { chooseModel } from '@belljar/example-shared/model-choice';
import { createTranscript } from '@belljar/example-shared/transcript';
import { analyse } from './analyse.js';
import { HELP, readCommandLine } from './command-line.js';
import { script } from './script.js';
import { partOf, runInTwoProcesses } from './two-processes.js';

async function main(): Promise<number> {
  const transcript = createTranscript(process.stdout);
  try {
    const options = readCommandLine(process.argv.slice(2));
    if (options.help) {
      process.stdout.write(HELP);
      return 0;
    }
    const choice = chooseModel(process.env, { name: options.model });
    const part = partOf(process.env);
    if (!part) return await runInTwoProcesses(process.argv.slice(2));
    const { label, images } = choice;
    const model = languageModel(choice, script);
    const agrees = await analyse({ ...options, ...part, model, label, images, transcript });
    return agrees ? 0 : 1;
  } catch (error) {
    if (!(error instanceof ExampleFailure)) throw error;
    process.stderr.write(`data-analyst: ${error.message}\n`);
    return 1;
  }
}

process.exitCode = await main();
