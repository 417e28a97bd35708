/** `belljar rollback`: its options and its help. */
import type { Command } from 'commander';
import { exitStatusHelp } from '../exit-status.js';
import { addStoreOptions, type StoreFlags } from '../options/store-options.js';

const HELP = `
Memory and files are as they were when that execution had ended. What came later
stays in the list of executions, marked undone.

Examples:
  $ belljar rollback 0b2e7c3c-5d0e-4a53-9f0c-1f4d7b1f9a11 step-3
  $ belljar rollback "$id" "$(belljar executions "$id" | jq -r '.executions[-2].id')"
${exitStatusHelp(['ok', 'usage', 'notFound', 'hostFailure'])}`;

export function addRollback(program: Command): void {
  const command = program
    .command('rollback')
    .summary('put a sandbox back to just after an execution')
    .description('Puts a sandbox back to just after an execution.')
    .argument('<id>', "the sandbox's id")
    .argument('<execution>', 'the id of the execution, the last one to keep')
    .option('--json', 'print all that is known of the sandbox');
  addStoreOptions(command)
    .addHelpText('after', HELP)
    .action(async (id: string, executionId: string, flags: StoreFlags) => {
      const { rollbackCommand } = await import('../sandboxes/change.js');
      await rollbackCommand(id, executionId, flags);
    });
}
