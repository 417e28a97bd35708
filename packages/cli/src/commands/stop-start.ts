/** `belljar stop` and `start`: their options and their help. */
import type { Command } from 'commander';
import { exitStatusHelp } from '../exit-status.js';
import { addStoreOptions, type StoreFlags } from '../options/store-options.js';

const EXITS = exitStatusHelp(['ok', 'usage', 'notFound', 'hostFailure']);

export function addStop(program: Command): void {
  const command = program
    .command('stop')
    .summary('stop a sandbox: it runs nothing until it is started')
    .description('Keeps memory and files, ends the processes, and refuses calls until start.')
    .argument('<id>', "the sandbox's id")
    .option('--json', 'print all that is known of it');
  addStoreOptions(command)
    .addHelpText('after', `\nExample:\n  $ belljar stop "$id"\n${EXITS}`)
    .action(async (id: string, flags: StoreFlags) => {
      const { stopCommand } = await import('../sandboxes/change.js');
      await stopCommand(id, flags);
    });
}

export function addStart(program: Command): void {
  const command = program
    .command('start')
    .summary('let a stopped sandbox run again')
    .description('Lets a stopped sandbox run again. It wakes with its next call.')
    .argument('<id>', "the sandbox's id")
    .option('--json', 'print all that is known of it');
  addStoreOptions(command)
    .addHelpText('after', `\nExample:\n  $ belljar start "$id"\n${EXITS}`)
    .action(async (id: string, flags: StoreFlags) => {
      const { startCommand } = await import('../sandboxes/change.js');
      await startCommand(id, flags);
    });
}
