/** `belljar run`: its options and its help. */
import type { Language } from '@belljar/core';
import { type Command, Option } from 'commander';
import { exitStatusHelp } from '../exit-status.js';
import { parseDuration } from '../options/duration.js';
import { languageOption } from '../options/language.js';
import {
  addEngineOptions,
  addLimitOptions,
  type EngineFlags,
  type LimitFlags,
} from '../options/sandbox-options.js';

export interface RunFlags extends LimitFlags, EngineFlags {
  file?: string[];
  language?: Language;
  timeout?: number;
  out?: string;
  overwrite?: boolean;
  save: boolean;
  json?: boolean;
}

const HELP = `
The value of the last expression is printed after the output. Figures and files
that the code made or changed are saved in ./belljar-out (or in a new temporary
folder, where that cannot be written or holds other files); stderr names them.

--file PATH        puts the file at the same relative path, one that is
                   absolute or has .. at its base name
--file NAME=PATH   puts it at NAME; needed where PATH has a = in it

On a terminal, control sequences in the output are shown and not obeyed, apart
from colours. In a pipe the output is as the code wrote it. Ctrl-C ends the code
and keeps what there is so far, a second one ends the sandbox at once.

Examples:
  $ belljar run analysis.py --file data/sales.csv
  $ belljar run report.py --file in.csv=/data/2026/sales.csv --out report --timeout 5m
  $ echo 'sum(range(101))' | belljar run -
  $ belljar run - --json <model-answer.py | jq .status
${exitStatusHelp([
  'ok',
  'codeFailed',
  'usage',
  'isolation',
  'timeout',
  'hostFailure',
  'hangUp',
  'interrupted',
  'crashed',
  'limit',
  'pipeClosed',
  'terminated',
])}`;

const collect = (value: string, earlier: string[] = []): string[] => [...earlier, value];

export function addRun(program: Command): void {
  const command = program
    .command('run')
    .summary('run a file, or standard input, in a sandbox that leaves nothing')
    .description(
      'Runs a file, or standard input (-), in a sandbox of its own: no network, no file of this ' +
        'machine but those given, limits on time and memory. The sandbox ends with it.',
    )
    .argument('<file>', 'the code; - for standard input')
    .option('-f, --file <[name=]path>', 'put a file into the workspace; repeatable', collect)
    .addOption(languageOption('of the code (default: by extension, python for -)'))
    .option(
      '-t, --timeout <duration>',
      'wall time, such as 90s or 5m (default: 60s)',
      parseDuration,
    )
    .option(
      '-o, --out <folder>',
      'save figures and files there: a new, empty or earlier such folder',
    )
    .option('--overwrite', 'take any folder for --out and replace files in it')
    .addOption(new Option('--no-save', 'save nothing').conflicts(['out', 'overwrite']))
    .option('--json', 'print one JSON document, and nothing else, on stdout');
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
