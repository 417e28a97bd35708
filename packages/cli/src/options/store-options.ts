/** Options of the commands on sandboxes that are kept: where they are, whose, and in which form. */
import { type Command, Option } from 'commander';

export interface StoreFlags {
  directory: string;
  owner?: string;
  json?: boolean;
  table?: boolean;
}

export function addStoreOptions(command: Command): Command {
  return command
    .option('--directory <folder>', 'where sandboxes are kept', '.belljar')
    .option('--owner <name>', 'act as this owner, who sees only what is theirs');
}

export function addShapeOptions(command: Command): Command {
  return command
    .addOption(new Option('--json', 'print JSON on a terminal too').conflicts('table'))
    .option('--table', 'print the table in a pipe too');
}
