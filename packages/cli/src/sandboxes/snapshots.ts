/** `belljar snapshot` and `snapshots`. */
import type { SnapshotFlags, SnapshotsFlags } from '../commands/snapshots.js';
import { printJson } from '../terminal/json.js';
import { note, print, wantsJson } from '../terminal/print.js';
import { terminalWidth } from '../terminal/table.js';
import { nothingReady, withKeptEngine, withTaken } from './kept-engine.js';
import { printNew } from './print-new.js';
import { snapshotTable } from './sandbox-table.js';

export async function snapshotCommand(id: string, flags: SnapshotFlags): Promise<void> {
  const { displayName, ttl: ttlMs } = flags;
  const made = await withTaken(id, flags, (sandbox) => sandbox.snapshot({ displayName, ttlMs }));
  printNew(made, flags);
}

export async function snapshotsCommand(flags: SnapshotsFlags): Promise<void> {
  const { pageSize, pageToken } = flags;
  const page = await withKeptEngine(flags, nothingReady, (engine) =>
    engine.listSnapshots({ pageSize, pageToken }),
  );
  if (wantsJson(flags)) return printJson(page);
  if (page.snapshots.length === 0) return note('there are none.');
  print(snapshotTable(page.snapshots, terminalWidth()));
  if (page.nextPageToken !== undefined) note(`more with --page-token ${page.nextPageToken}`);
}
