/** A file with keys in the user's configuration folder, for its user only. */
import { randomBytes } from 'node:crypto';
import { link, mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { StoreError } from '../errors.js';
import { KEY_BYTES } from './key-parts.js';

export interface LocalKey {
  /** Names it in what it wrapped; says nothing about it. */
  id: string;
  key: Buffer;
}

const LINE = /^([0-9a-f]{16}) ([0-9a-f]{64})$/;

/** `$XDG_CONFIG_HOME/belljar/key`, by default `~/.config/belljar/key`. */
export function defaultKeyFile(): string {
  const configured = process.env.XDG_CONFIG_HOME;
  const folder = configured?.startsWith('/') ? configured : join(homedir(), '.config');
  return join(folder, 'belljar', 'key');
}

function refused(file: string, reason: string, cause?: unknown): StoreError {
  return new StoreError('KEY_REFUSED', `The key file '${file}' cannot be used: ${reason}.`, {
    details: { file, reason },
    cause,
  });
}

/** Its keys, the newest last. Makes one where there is none: of any number of processes, one does. */
export async function readKeyFile(file: string): Promise<LocalKey[]> {
  try {
    return await readKeys(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    await write(file, [createLocalKey()], link);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') {
      throw refused(file, 'it cannot be made', error);
    }
  }
  return readKeys(file);
}

/** Adds a key: what is wrapped from now on is so by it. The others still open what they wrapped. */
export async function addKey(file: string): Promise<void> {
  const keys = await readKeyFile(file);
  await write(file, [...keys, createLocalKey()], rename);
}

function createLocalKey(): LocalKey {
  return { id: randomBytes(8).toString('hex'), key: randomBytes(KEY_BYTES) };
}

async function readKeys(file: string): Promise<LocalKey[]> {
  const { mode, uid } = await stat(file);
  if ((mode & 0o077) !== 0) throw refused(file, 'others than its user may use it (chmod 600)');
  if (uid !== process.getuid?.()) throw refused(file, 'it belongs to another user');
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw refused(file, 'it cannot be read', error);
  }
  const keys: LocalKey[] = [];
  for (const line of text.split('\n').filter((one) => one !== '')) {
    const [, id, key] = LINE.exec(line) ?? [];
    if (!id || !key) throw refused(file, 'it has something else than keys');
    keys.push({ id, key: Buffer.from(key, 'hex') });
  }
  if (keys.length === 0) throw refused(file, 'it has no key');
  return keys;
}

/** The file has its name only when all of it is written and on the disk. */
async function write(
  file: string,
  keys: readonly LocalKey[],
  give: (draft: string, file: string) => Promise<void>,
): Promise<void> {
  const draft = `${file}.${randomBytes(8).toString('hex')}`;
  try {
    const opened = await open(draft, 'wx', 0o600);
    try {
      await opened.writeFile(keys.map(({ id, key }) => `${id} ${key.toString('hex')}\n`).join(''));
      await opened.sync();
    } finally {
      await opened.close();
    }
    await give(draft, file);
  } finally {
    await rm(draft, { force: true });
  }
}
