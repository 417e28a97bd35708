/** `belljar fork`: its options and its help. */
import type { Command } from 'commander';
import { exitStatusHelp } from '../exit-status.js';
import {
  addDescriptionOptions,
  addLabelOption,
  type DescriptionFlags,
  type LabelFlags,
} from '../options/description-options.js';
import { addStoreOptions, type StoreFlags } from '../options/store-options.js';

export interface ForkFlags extends StoreFlags, DescriptionFlags, LabelFlags {
  sameRandom?: boolean;
}

const HELP = `
The new sandbox has the same variables and files, and goes its own way from here.
Its random numbers are others, unless --same-random keeps them.

Examples:
  $ belljar fork 0b2e7c3c-5d0e-4a53-9f0c-1f4d7b1f9a11 --display-name what-if
  $ other=$(belljar fork "$id" --same-random)
${exitStatusHelp(['ok', 'usage', 'notFound', 'hostFailure'])}`;

export function addFork(program: Command): void {
  const command = program
    .command('fork')
    .summary('make a second sandbox with the same memory and files')
    .description('Makes a second sandbox with the same memory and files and prints its id.')
    .argument('<id>', "the sandbox's id");
  addLabelOption(addDescriptionOptions(command))
    .option('--same-random', 'let its random numbers go on as those of the first would')
    .option('--json', 'print all that is known of it');
  addStoreOptions(command)
    .addHelpText('after', HELP)
    .action(async (id: string, flags: ForkFlags) => {
      const { forkCommand } = await import('../sandboxes/fork.js');
      await forkCommand(id, flags);
    });
}
