/** Options of the commands on sandboxes that are kept: where they are, whose, and in which form. */
import { type Command, Option } from 'commander';

/** Which sandboxes, of which directory. */
export interface PlaceFlags {
  directory: string;
  owner?: string;
  location?: string;
}

export interface StoreFlags extends PlaceFlags {
  json?: boolean;
  table?: boolean;
}

export function addStoreOptions(command: Command): Command {
  return command
    .option('--directory <folder>', 'where sandboxes are kept', '.belljar')
    .option('--owner <name>', 'act as this owner, who sees only what is theirs')
    .option('--location <name>', "the engine's location, where the application names one");
}

export function addShapeOptions(command: Command): Command {
  return command
    .addOption(new Option('--json', 'print JSON on a terminal too').conflicts('table'))
    .option('--table', 'print the table in a pipe too');
}
