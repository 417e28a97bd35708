/** `belljar export` and `import`: their options and their help. */
import type { Command } from 'commander';
import { exitStatusHelp } from '../exit-status.js';
import { addStoreOptions, type StoreFlags } from '../options/store-options.js';

export interface ExportFlags extends StoreFlags {
  overwrite?: boolean;
}

const HELP = `
The file is sealed: import reads it where it has the same key
($XDG_CONFIG_HOME/belljar/key, by default ~/.config/belljar/key).
`;

const EXPORT_HELP = `${HELP}
Examples:
  $ belljar export 0b2e7c3c-5d0e-4a53-9f0c-1f4d7b1f9a11 report.belljar
  $ belljar export "$id" | ssh elsewhere belljar import
${exitStatusHelp([
  'ok',
  'usage',
  'notFound',
  'hostFailure',
  'hangUp',
  'interrupted',
  'pipeClosed',
  'terminated',
])}`;

export function addExport(program: Command): void {
  const command = program
    .command('export')
    .summary('write a sandbox into one sealed file')
    .description('Writes memory, files and journal of a sandbox into one sealed file.')
    .argument('<id>', "the sandbox's id")
    .argument('[file]', 'a new file; - for standard output', '-')
    .option('--overwrite', 'replace the file');
  addStoreOptions(command)
    .addHelpText('after', EXPORT_HELP)
    .action(async (id: string, path: string, flags: ExportFlags) => {
      const { exportCommand } = await import('../sandboxes/export.js');
      await exportCommand(id, path, flags);
    });
}

const IMPORT_HELP = `${HELP}
Examples:
  $ belljar import report.belljar
  $ ssh elsewhere belljar export "$id" | belljar import
${exitStatusHelp(['ok', 'usage', 'hostFailure'])}`;

export function addImport(program: Command): void {
  const command = program
    .command('import')
    .summary('take a sandbox that export wrote')
    .description('Takes a sandbox that export wrote, under a new id, and prints it.')
    .argument('[file]', 'the file; - for standard input', '-')
    .option('--json', 'print all that is known of it');
  addStoreOptions(command)
    .addHelpText('after', IMPORT_HELP)
    .action(async (path: string, flags: StoreFlags) => {
      const { importCommand } = await import('../sandboxes/import.js');
      await importCommand(path, flags);
    });
}
