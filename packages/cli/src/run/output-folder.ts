/** Which folder a run saves to. Files that Belljar did not put there are never replaced unasked. */
import { constants } from 'node:fs';
import {
  access,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  realpath,
  stat,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { EXIT } from '../exit-status.js';
import { CommandFailure } from '../failure.js';

/** Says that a folder is one of ours; a later run may replace files in it. */
export const MARK = '.belljar-out';
const MARK_TEXT = 'belljar run saves files here and replaces those of earlier runs.\n';
const DEFAULT_NAME = 'belljar-out';

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'you may not write there',
  ENOENT: 'no folder can be made there',
  EROFS: 'it is on a read-only file system',
  ENOSPC: 'the disk is full',
  ENOTDIR: 'it, or a part of the path, is a file',
  EEXIST: 'a file is in its place',
};

/** Makes the folder where it is not there yet. */
export type OutputFolder = () => Promise<string>;

export async function outputFolder(
  out: string | undefined,
  overwrite: boolean,
): Promise<OutputFolder> {
  const folder = out === undefined ? undefined : await namedFolder(out, overwrite);
  return folder === undefined ? once(defaultFolder) : async () => folder;
}

function once(make: OutputFolder): OutputFolder {
  let made: Promise<string> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

/** Made, and found good, before anything runs. A link at its end is the caller's choice. */
async function namedFolder(out: string, overwrite: boolean): Promise<string> {
  try {
    await makeFolders(resolve(out));
    const path = await realpath(out);
    await access(path, constants.W_OK | constants.X_OK);
    if (await claim(path)) return path;
    if (overwrite) return path;
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const reason = REASONS[code ?? ''] ?? message;
    throw new CommandFailure(
      'USAGE',
      EXIT.usage,
      `--out '${out}' cannot be used: ${reason}. Give a folder of your own.`,
      cause,
    );
  }
  throw new CommandFailure(
    'USAGE',
    EXIT.usage,
    `--out '${out}' has files that Belljar did not put there. Give a new folder, or --overwrite.`,
  );
}

/** One folder after the other: below `/proc`, Node's own `recursive` tries without end. */
async function makeFolders(path: string): Promise<void> {
  const status = await stat(path).catch(() => undefined);
  if (status?.isDirectory()) return;
  if (status) throw Object.assign(new Error(`'${path}' is a file`), { code: 'ENOTDIR' });
  if (dirname(path) !== path) await makeFolders(dirname(path));
  await makeFolder(path);
}

async function makeFolder(path: string): Promise<void> {
  await mkdir(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
}

/** In the current folder; a new one of the temporary folders where that will not do. */
async function defaultFolder(): Promise<string> {
  const path = resolve(DEFAULT_NAME);
  try {
    await makeFolder(path);
    const status = await lstat(path);
    const own = status.isDirectory() && status.uid === process.getuid?.();
    await access(path, constants.W_OK | constants.X_OK);
    if (own && (await claim(path))) return path;
  } catch {
    // Cannot be made or written: read-only, full, another's.
  }
  return mkdtemp(join(tmpdir(), `${DEFAULT_NAME}-`));
}

/** True when the folder is ours: it was empty, or has the mark of an earlier run. */
async function claim(path: string): Promise<boolean> {
  const names = await readdir(path);
  if (names.includes(MARK)) return (await lstat(join(path, MARK))).isFile();
  if (names.length > 0) return false;
  await writeFile(join(path, MARK), MARK_TEXT, { flag: 'wx' });
  return true;
}
