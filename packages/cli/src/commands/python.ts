/** `belljar python setup`: its options and its help. */
import type { Command } from 'commander';
import { exitStatusHelp } from '../exit-status.js';

export interface PythonSetupFlags {
  interpreter?: string;
  json?: boolean;
}

const HELP = `
Prints the path of the environment's interpreter. Engines find the environment by themselves.
Progress goes to stderr: one line that changes on a terminal, one line a step in a pipe.

Examples:
  $ belljar python setup
  $ belljar python setup --interpreter /usr/bin/python3.13
${exitStatusHelp(['ok', 'usage', 'hostFailure', 'hangUp', 'interrupted', 'terminated'])}`;

export function addPython(program: Command): void {
  program
    .command('python')
    .description('The Python environment of sandboxes.')
    .command('setup')
    .description(
      'Makes an environment with numpy, pandas, matplotlib and their company in your cache folder, ' +
        'from a list locked with hashes, or finds the one that is there.',
    )
    .option('--interpreter <path>', 'a CPython 3.9 or newer to make it from')
    .option('--json', 'print one JSON document on stdout')
    .addHelpText('after', HELP)
    .action(async (flags: PythonSetupFlags) => {
      const { pythonSetupCommand } = await import('../python/setup-command.js');
      process.exitCode = await pythonSetupCommand(flags);
    });
}
