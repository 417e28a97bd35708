/** `belljar create`, `list`, `get`, `delete`: their options and their help. */
import type { Language, SandboxState } from '@belljar/core';
import { type Command, Option } from 'commander';
import { exitStatusHelp } from '../exit-status.js';
import { parseCount } from '../options/count.js';
import {
  addDescriptionOptions,
  addLabelOption,
  type DescriptionFlags,
  type LabelFlags,
} from '../options/description-options.js';
import { parseLabel } from '../options/label.js';
import { languageOption } from '../options/language.js';
import {
  addEngineOptions,
  addLimitOptions,
  type EngineFlags,
  type LimitFlags,
} from '../options/sandbox-options.js';
import { addShapeOptions, addStoreOptions, type StoreFlags } from '../options/store-options.js';

export interface CreateFlags
  extends StoreFlags,
    DescriptionFlags,
    LabelFlags,
    LimitFlags,
    EngineFlags {
  language?: Language;
  snapshot?: string;
}

export interface ListFlags extends StoreFlags {
  state?: SandboxState;
  language?: Language;
  label?: Record<string, string>;
  pageSize?: number;
  pageToken?: string;
}

export function addCreate(program: Command): void {
  const command = program
    .command('create')
    .summary('create a sandbox that is kept')
    .description('Creates a sandbox and prints its id.')
    .addOption(languageOption('that it runs (default: python)'))
    .option('--snapshot <id>', 'start with the memory and files of this snapshot')
    .option('--json', 'print all that is known of it');
  addLabelOption(addDescriptionOptions(command));
  addStoreOptions(command);
  addLimitOptions(command);
  addEngineOptions(command)
    .addHelpText(
      'after',
      `
Examples:
  $ belljar create --display-name report --label team=a --ttl 14d
  $ id=$(belljar create --memory 4GiB)
  $ belljar create --snapshot "$(belljar snapshot "$id")"
${exitStatusHelp(['ok', 'usage', 'isolation', 'hostFailure'])}`,
    )
    .action(async (flags: CreateFlags) => {
      const { createCommand } = await import('../sandboxes/create.js');
      await createCommand(flags);
    });
}

export function addList(program: Command): void {
  const command = program
    .command('list')
    .summary('list sandboxes')
    .description('Lists sandboxes: a table on a terminal, a JSON document in a pipe.')
    .addOption(
      new Option('--state <state>', 'only those in this state').choices([
        'running',
        'stopped',
        'failed',
        'deleting',
      ]),
    )
    .addOption(languageOption('only those of this language'))
    .option('--label <name=value>', 'only those with this label; repeatable', parseLabel)
    .option('--page-size <n>', 'at most so many (default: 100)', parseCount)
    .option('--page-token <token>', 'go on where the page before ended');
  addStoreOptions(command);
  addShapeOptions(command)
    .addHelpText(
      'after',
      `
Examples:
  $ belljar list --label team=a --state running
  $ belljar list | jq -r '.sandboxes[].id'
${exitStatusHelp(['ok', 'usage', 'hostFailure'])}`,
    )
    .action(async (flags: ListFlags) => {
      const { listCommand } = await import('../sandboxes/list.js');
      await listCommand(flags);
    });
}

export function addGet(program: Command): void {
  const command = program
    .command('get')
    .summary('show a sandbox')
    .description('Shows a sandbox: a table on a terminal, a JSON document in a pipe.')
    .argument('<id>', "the sandbox's id");
  addStoreOptions(command);
  addShapeOptions(command)
    .addHelpText(
      'after',
      `
Example:
  $ belljar get 0b2e7c3c-5d0e-4a53-9f0c-1f4d7b1f9a11
${exitStatusHelp(['ok', 'usage', 'notFound', 'hostFailure'])}`,
    )
    .action(async (id: string, flags: StoreFlags) => {
      const { getCommand } = await import('../sandboxes/get.js');
      await getCommand(id, flags);
    });
}

export function addDelete(program: Command): void {
  const command = program
    .command('delete')
    .summary('delete a sandbox, or a snapshot, and every byte of it')
    .description('Ends a sandbox and destroys every byte of it. There is no way back.')
    .argument('<id>', 'the id of a sandbox or a snapshot')
    .option('--json', 'print a JSON document');
  addStoreOptions(command)
    .addHelpText(
      'after',
      `
Examples:
  $ belljar delete 0b2e7c3c-5d0e-4a53-9f0c-1f4d7b1f9a11
  $ belljar list --state failed | jq -r '.sandboxes[].id' | xargs -n 1 belljar delete
${exitStatusHelp(['ok', 'usage', 'notFound', 'hostFailure'])}`,
    )
    .action(async (id: string, flags: StoreFlags) => {
      const { deleteCommand } = await import('../sandboxes/delete.js');
      await deleteCommand(id, flags);
    });
}
