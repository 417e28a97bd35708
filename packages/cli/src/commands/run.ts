/** `belljar run`: its options and its help. */
import type { Language } from '@belljar/core';
import { type Command, Option } from 'commander';
import { exitStatusHelp } from '../exit-status.js';
import { addCodeOptions, CODE_EXITS, CODE_HELP, type CodeFlags } from '../options/code-options.js';
import { languageOption } from '../options/language.js';
import {
  addEngineOptions,
  addLimitOptions,
  type EngineFlags,
  type LimitFlags,
} from '../options/sandbox-options.js';

export interface RunFlags extends CodeFlags, LimitFlags, EngineFlags {
  language?: Language;
}

const HELP = `${CODE_HELP}

Examples:
  $ belljar run analysis.py --file data/sales.csv
  $ belljar run report.py --file in.csv=/data/2026/sales.csv --out report --timeout 5m
  $ echo 'sum(range(101))' | belljar run -
  $ belljar run - --json <model-answer.py | jq .status
${exitStatusHelp(['ok', 'codeFailed', 'usage', 'isolation', ...CODE_EXITS])}`;

export function addRun(program: Command): void {
  const command = program
    .command('run')
    .summary('run a file, or standard input, in a sandbox that leaves nothing')
    .description(
      'Runs a file, or standard input (-), in a sandbox of its own: no network, no file of this ' +
        'machine but those given, limits on time and memory. The sandbox ends with it.',
    )
    .argument('<file>', 'the code; - for standard input')
    .addOption(languageOption('of the code (default: by extension, python for -)'));
  addCodeOptions(command, '60s');
  addLimitOptions(command);
  addEngineOptions(command)
    .addOption(
      new Option('--packages <set>', 'data: numpy, pandas, matplotlib, …, installed once').choices([
        'data',
      ]),
    )
    .addHelpText('after', HELP)
    .action(async (path: string, flags: RunFlags) => {
      const { runCommand } = await import('../run/run-command.js');
      process.exitCode = await runCommand(path, flags);
    });
}
