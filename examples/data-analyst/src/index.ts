#!/usr/bin/env node
import { analyse } from './analyse.js';
import { HELP, readCommandLine } from './command-line.js';
import { DemoFailure } from './demo-failure.js';
import { chooseModel } from './models.js';
import { createTranscript } from './transcript.js';
import { partOf, runInTwoProcesses } from './two-processes.js';

async function main(): Promise<number> {
  const transcript = createTranscript(process.stdout);
  try {
    const options = readCommandLine(process.argv.slice(2));
    if (options.help) {
      process.stdout.write(HELP);
      return 0;
    }
    const chosen = chooseModel(process.env, options.model);
    const part = partOf(process.env);
    if (!part) return await runInTwoProcesses(process.argv.slice(2));
    return (await analyse({ ...options, ...chosen, ...part, transcript })) ? 0 : 1;
  } catch (error) {
    if (!(error instanceof DemoFailure)) throw error;
    process.stderr.write(`data-analyst: ${error.message}\n`);
    return 1;
  }
}

process.exitCode = await main();
