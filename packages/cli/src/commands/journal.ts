/** `belljar executions`: its options and its help. */
import type { Command } from 'commander';
import { exitStatusHelp } from '../exit-status.js';
import { parseCount } from '../options/count.js';
import { addShapeOptions, addStoreOptions, type StoreFlags } from '../options/store-options.js';

export interface ExecutionsFlags extends StoreFlags {
  limit?: number;
  after?: string;
}

export function addExecutions(program: Command): void {
  const command = program
    .command('executions')
    .summary('list what ran in a sandbox')
    .description('Lists what ran, oldest first: a table on a terminal, a JSON document in a pipe.')
    .argument('<id>', "the sandbox's id")
    .option('--limit <n>', 'at most so many (default: all)', parseCount)
    .option('--after <execution>', 'only those after this one');
  addStoreOptions(command);
  addShapeOptions(command)
    .addHelpText(
      'after',
      `
Examples:
  $ belljar executions 0b2e7c3c-5d0e-4a53-9f0c-1f4d7b1f9a11
  $ belljar executions "$id" | jq -r '.executions[-1].code'
${exitStatusHelp(['ok', 'usage', 'notFound', 'hostFailure'])}`,
    )
    .action(async (id: string, flags: ExecutionsFlags) => {
      const { executionsCommand } = await import('../sandboxes/executions.js');
      await executionsCommand(id, flags);
    });
}
