/** Options of the commands that run code: what goes in, and where what it made is saved. */
import { type Command, Option } from 'commander';
import { parseDuration } from './duration.js';

export interface CodeFlags {
  file?: string[];
  timeout?: number;
  out?: string;
  overwrite?: boolean;
  save: boolean;
  json?: boolean;
}

export const CODE_HELP = `
The value of the last expression is printed after the output. Figures and files
that the code made or changed are saved in ./belljar-out (or in a new temporary
folder, where that cannot be written or holds other files); stderr names them.

--file PATH        puts the file at the same relative path, one that is
                   absolute or has .. at its base name
--file NAME=PATH   puts it at NAME; needed where PATH has a = in it

On a terminal, control sequences in the output are shown and not obeyed, apart
from colours. In a pipe the output is as the code wrote it. Ctrl-C ends the code
and keeps what there is so far, a second one ends the sandbox at once.`;

/** How the code can end. */
export const CODE_EXITS = [
  'timeout',
  'hostFailure',
  'hangUp',
  'interrupted',
  'crashed',
  'limit',
  'pipeClosed',
  'terminated',
] as const;

const collect = (value: string, earlier: string[] = []): string[] => [...earlier, value];

export function addCodeOptions(command: Command, defaultTimeout: string): Command {
  return command
    .option('-f, --file <[name=]path>', 'put a file into the workspace; repeatable', collect)
    .option(
      '-t, --timeout <duration>',
      `wall time, such as 90s or 5m (default: ${defaultTimeout})`,
      parseDuration,
    )
    .option(
      '-o, --out <folder>',
      'save figures and files there: a new, empty or earlier such folder',
    )
    .option('--overwrite', 'take any folder for --out and replace files in it')
    .addOption(new Option('--no-save', 'save nothing').conflicts(['out', 'overwrite']))
    .option('--json', 'print one JSON document, and nothing else, on stdout');
}
