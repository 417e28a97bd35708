/** `belljar doctor`: its options and its help. */
import { type Command, Option } from 'commander';
import { exitStatusHelp } from '../exit-status.js';
import { addEngineOptions, type EngineFlags } from '../options/sandbox-options.js';

export interface DoctorFlags extends EngineFlags {
  json?: boolean;
  table?: boolean;
}

const HELP = `
A table on a terminal, a JSON document in a pipe.

Examples:
  $ belljar doctor
  $ belljar doctor --minimum-isolation namespaces >/dev/null && echo ready
  $ belljar doctor | jq '.layers[] | select(.inForce | not)'
${exitStatusHelp(['ok', 'usage', 'isolation', 'hostFailure'])}`;

export function addDoctor(program: Command): void {
  const command = program
    .command('doctor')
    .summary('say what this machine can enforce, what is missing, and how to get it')
    .description('Tries each layer of the jail and says which are in force and how to get others.')
    .addOption(new Option('--json', 'print JSON on a terminal too').conflicts('table'))
    .option('--table', 'print the table in a pipe too');
  addEngineOptions(command)
    .addHelpText('after', HELP)
    .action(async (flags: DoctorFlags) => {
      const { doctorCommand } = await import('../doctor/doctor-command.js');
      process.exitCode = await doctorCommand(flags);
    });
}
