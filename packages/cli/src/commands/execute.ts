/** `belljar execute`: its options and its help. */
import type { Command } from 'commander';
import { exitStatusHelp } from '../exit-status.js';
import { addCodeOptions, CODE_EXITS, CODE_HELP, type CodeFlags } from '../options/code-options.js';
import { addEngineOptions, type EngineFlags } from '../options/sandbox-options.js';
import { addStoreOptions, type PlaceFlags } from '../options/store-options.js';

export interface ExecuteFlags extends CodeFlags, EngineFlags, PlaceFlags {
  executionId?: string;
}

const HELP = `${CODE_HELP}

The sandbox is woken with its variables and files, and leaves memory afterwards.
What could not be carried over is named on stderr. Code that is ended leaves the
sandbox as it was before.

Examples:
  $ belljar execute 0b2e7c3c-5d0e-4a53-9f0c-1f4d7b1f9a11 step2.py --file more.csv
  $ echo 'df.describe()' | belljar execute "$id" -
${exitStatusHelp(['ok', 'codeFailed', 'usage', 'isolation', 'notFound', ...CODE_EXITS])}`;

export function addExecute(program: Command): void {
  const command = program
    .command('execute')
    .summary('run a file, or standard input, in a sandbox that is kept')
    .description('Runs a file, or standard input (-), in a sandbox that is kept.')
    .argument('<id>', "the sandbox's id")
    .argument('<file>', 'the code; - for standard input')
    .option('--execution-id <id>', 'names it: given again with the same code, it is not run again');
  addCodeOptions(command, "the sandbox's limit");
  addStoreOptions(command);
  addEngineOptions(command)
    .addHelpText('after', HELP)
    .action(async (id: string, path: string, flags: ExecuteFlags) => {
      const { executeCommand } = await import('../run/execute-command.js');
      process.exitCode = await executeCommand(id, path, flags);
    });
}
