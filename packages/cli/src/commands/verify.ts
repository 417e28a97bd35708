/** `belljar verify`: its options and its help. */
import type { AuditHead } from '@belljar/store';
import type { Command } from 'commander';
import { exitStatusHelp } from '../exit-status.js';
import { parseAuditHead } from '../options/audit-head.js';
import { addShapeOptions } from '../options/store-options.js';

export interface VerifyFlags {
  directory: string;
  head?: AuditHead;
  json?: boolean;
  table?: boolean;
}

const HELP = `
Looks at every line of the log: none is changed, missing or elsewhere. Prints its
head: keep that away from this machine. With it, --head also finds lines that
were taken from the log's end, and an older copy of the whole directory.

Examples:
  $ belljar verify
  $ belljar verify --head "$(cat /mnt/elsewhere/head)"
  $ belljar verify | jq -r .head >/mnt/elsewhere/head
${exitStatusHelp(['ok', 'usage', 'hostFailure'])}`;

export function addVerify(program: Command): void {
  const command = program
    .command('verify')
    .summary('check the log of who did what to which sandbox')
    .description('Checks the audit log of the directory.')
    .option('--directory <folder>', 'where sandboxes are kept', '.belljar')
    .option('--head <head>', 'one that was printed before', parseAuditHead);
  addShapeOptions(command)
    .addHelpText('after', HELP)
    .action(async (flags: VerifyFlags) => {
      const { verifyCommand } = await import('../sandboxes/verify.js');
      process.exitCode = await verifyCommand(flags);
    });
}
