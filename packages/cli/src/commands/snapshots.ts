/** `belljar snapshot` and `snapshots`: their options and their help. */
import type { Command } from 'commander';
import { exitStatusHelp } from '../exit-status.js';
import { parseCount } from '../options/count.js';
import { addDescriptionOptions, type DescriptionFlags } from '../options/description-options.js';
import { addShapeOptions, addStoreOptions, type StoreFlags } from '../options/store-options.js';

export interface SnapshotFlags extends StoreFlags, DescriptionFlags {}

export interface SnapshotsFlags extends StoreFlags {
  pageSize?: number;
  pageToken?: string;
}

const SNAPSHOT_HELP = `
Examples:
  $ belljar snapshot 0b2e7c3c-5d0e-4a53-9f0c-1f4d7b1f9a11 --display-name loaded
  $ belljar create --snapshot "$(belljar snapshot "$id")"
${exitStatusHelp(['ok', 'usage', 'notFound', 'hostFailure'])}`;

export function addSnapshot(program: Command): void {
  const command = program
    .command('snapshot')
    .summary('keep a state from which new sandboxes start')
    .description('Keeps a copy of memory and files, which runs nothing, and prints its id.')
    .argument('<id>', "the sandbox's id");
  addDescriptionOptions(command).option('--json', 'print all that is known of it');
  addStoreOptions(command)
    .addHelpText('after', SNAPSHOT_HELP)
    .action(async (id: string, flags: SnapshotFlags) => {
      const { snapshotCommand } = await import('../sandboxes/snapshots.js');
      await snapshotCommand(id, flags);
    });
}

const SNAPSHOTS_HELP = `
Delete one with belljar delete.

Examples:
  $ belljar snapshots
  $ belljar snapshots | jq -r '.snapshots[].id'
${exitStatusHelp(['ok', 'usage', 'hostFailure'])}`;

export function addSnapshots(program: Command): void {
  const command = program
    .command('snapshots')
    .summary('list snapshots')
    .description('Lists snapshots: a table on a terminal, a JSON document in a pipe.')
    .option('--page-size <n>', 'at most so many (default: 100)', parseCount)
    .option('--page-token <token>', 'go on where the page before ended');
  addStoreOptions(command);
  addShapeOptions(command)
    .addHelpText('after', SNAPSHOTS_HELP)
    .action(async (flags: SnapshotsFlags) => {
      const { snapshotsCommand } = await import('../sandboxes/snapshots.js');
      await snapshotsCommand(flags);
    });
}
