/** The commands. Each loads what it does only when it is run: `--help` starts nothing. */
import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { addDoctor } from './commands/doctor.js';
import { addExecute } from './commands/execute.js';
import { addFork } from './commands/fork.js';
import { addExecutions } from './commands/journal.js';
import { addPython } from './commands/python.js';
import { addRollback } from './commands/rollback.js';
import { addRun } from './commands/run.js';
import { addCreate, addDelete, addGet, addList } from './commands/sandboxes.js';
import { addSnapshot, addSnapshots } from './commands/snapshots.js';
import { addStart, addStop } from './commands/stop-start.js';
import { addExport, addImport } from './commands/transfer.js';
import { addVerify } from './commands/verify.js';
import { EXIT_MEANINGS, type ExitName, exitStatusHelp } from './exit-status.js';

function version(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

const HELP = `
Examples:
  $ belljar run analysis.py --file data.csv
  $ echo 'print(6 * 7)' | belljar run -
  $ belljar doctor
${exitStatusHelp(Object.keys(EXIT_MEANINGS) as ExitName[])}

Environment:
  BELLJAR_PYTHON  the Python that sandboxes run, where --python is not given
  BELLJAR_DEBUG   1 shows the stack and the causes of a failure
  NO_COLOR        no colours, neither Belljar's nor the code's`;

/** In the order of the help. */
const COMMANDS = [
  ...[addRun, addDoctor, addPython],
  ...[addCreate, addList, addGet, addExecute, addExecutions],
  ...[addFork, addRollback, addSnapshot, addSnapshots],
  ...[addStop, addStart, addExport, addImport, addDelete, addVerify],
];

export function createProgram(): Command {
  const program = new Command('belljar')
    .description('Runs code that a language model wrote, in a jailed sandbox of this machine.')
    .version(version(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand('help [command]', 'print the help of a command')
    .exitOverride()
    .configureOutput({ outputError: () => {} }) // main() says it, with its code
    .addHelpText('after', HELP);
  for (const add of COMMANDS) add(program);
  return program;
}
