/** Which folder a run saves to. Files that Belljar did not put there are never replaced unasked. */
import { constants } from 'node:fs';
import { access, lstat, mkdir, mkdtemp, readdir, realpath, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { EXIT } from '../exit-status.js';
import { CommandFailure } from '../failure.js';

/** Says that a folder is one of ours; a later run may replace files in it. */
export const MARK = '.belljar-out';
const MARK_TEXT = 'belljar run saves files here and replaces those of earlier runs.\n';
const DEFAULT_NAME = 'belljar-out';

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
    await mkdir(out, { recursive: true });
    const path = await realpath(out);
    await access(path, constants.W_OK | constants.X_OK);
    if (await claim(path)) return path;
    if (overwrite) return path;
  } catch (cause) {
    const { message } = cause as Error;
    throw new CommandFailure(
      'USAGE',
      EXIT.usage,
      `--out '${out}' cannot be used: ${message}.`,
      cause,
    );
  }
  throw new CommandFailure(
    'USAGE',
    EXIT.usage,
    `--out '${out}' has files that Belljar did not put there. Give a new folder, or --overwrite.`,
  );
}

/** In the current folder; a new one of the temporary folders where that will not do. */
async function defaultFolder(): Promise<string> {
  const path = resolve(DEFAULT_NAME);
  try {
    await mkdir(path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
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
