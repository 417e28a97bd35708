/** `belljar export`: one sealed stream, into a file that appears when it is whole, or to stdout. */
import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { access, rename, rm } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import type { ExportFlags } from '../commands/transfer.js';
import { EXIT } from '../exit-status.js';
import { CommandFailure, usageFailure } from '../failure.js';
import { watchInterruptions } from '../interruption.js';
import { withTaken } from './kept-engine.js';

type Stream = ReadableStream<Uint8Array>;

export async function exportCommand(id: string, path: string, flags: ExportFlags): Promise<void> {
  if (path === '-') requireReader();
  else if (!flags.overwrite) await requireNew(path);
  using interruption = watchInterruptions();
  const { signal } = interruption;
  try {
    await withTaken(id, flags, async (_sandbox, engine) => {
      const stream = await engine.exportSandbox(id);
      if (path === '-') await pipeline(stream, process.stdout, { signal, end: false });
      else await writeWhole(stream, path, signal);
    });
  } catch (error) {
    throw interruption.failure ?? error;
  }
}

function requireReader(): void {
  if (process.stdout.isTTY) throw usageFailure('An export is no text for a terminal. Give a file.');
}

async function requireNew(path: string): Promise<void> {
  const isThere = await access(path).then(
    () => true,
    () => false,
  );
  if (isThere) throw usageFailure(`'${path}' is there already. Give a new name, or --overwrite.`);
}

/** Readable by its owner only, as the directory is. */
async function writeWhole(stream: Stream, path: string, signal: AbortSignal): Promise<void> {
  const draft = `${path}.${randomUUID()}`;
  try {
    await pipeline(stream, createWriteStream(draft, { flags: 'wx', mode: 0o600 }), { signal });
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true }).catch(() => {});
    throw unwritable(path, error as NodeJS.ErrnoException);
  }
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'you may not write there',
  EISDIR: 'it is a folder',
  ENOENT: 'there is no such folder',
  ENOSPC: 'the disk is full',
  ENOTDIR: 'a part of the path is no folder',
  EROFS: 'it is on a read-only file system',
};

/** What is wrong with the file; another error as it is. */
function unwritable(path: string, error: NodeJS.ErrnoException): Error {
  const reason = REASONS[error.code ?? ''];
  if (reason === undefined) return error;
  const sentence = `'${path}' cannot be written: ${reason}.`;
  return new CommandFailure('NOT_SAVED', EXIT.hostFailure, sentence, error);
}
