/** `belljar verify`: the audit log, of the store itself. Needs no engine and no Python. */
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { createSqliteStore } from '@belljar/store';
import type { VerifyFlags } from '../commands/verify.js';
import { EXIT } from '../exit-status.js';
import { usageFailure } from '../failure.js';
import { formatAuditHead } from '../options/audit-head.js';
import { printJson } from '../terminal/json.js';
import { note, print, wantsJson } from '../terminal/print.js';

export async function verifyCommand(flags: VerifyFlags): Promise<number> {
  const { directory, head: pinned } = flags;
  await requireStore(directory);
  await using store = await createSqliteStore({ directory });
  const { ok, head: last, reason } = await store.audit.verify(pinned);
  const head = formatAuditHead(last);
  if (wantsJson(flags)) printJson({ ok, lines: last.sequence, head, reason });
  else if (ok) print(`The audit log is whole: ${last.sequence} lines. Its head is\n${head}\n`);
  if (ok) return EXIT.ok;
  note(`STORE_CORRUPT: the audit log is not as it was written: ${reason}.`);
  return EXIT.hostFailure;
}

/** Opening one that is not there would make an empty one, and call it whole. */
async function requireStore(directory: string): Promise<void> {
  await access(join(directory, 'belljar.db')).catch(() => {
    throw usageFailure(`No sandboxes are kept in '${directory}'. Give --directory.`);
  });
}
