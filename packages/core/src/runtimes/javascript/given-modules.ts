/**
 * Modules that the engine was given for JavaScript sandboxes, as a file that they can read.
 *
 * It lies in the user's cache, named by its content, so that engines share it and none has to take it
 * away. A file with its final name is complete.
 */
import { createHash, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { BelljarError } from '../../errors.js';

function cacheFolder({ XDG_CACHE_HOME: cache, HOME: home }: NodeJS.ProcessEnv): string {
  const base = cache && isAbsolute(cache) ? cache : join(home || homedir(), '.cache');
  return join(base, 'belljar', 'javascript');
}

/** Undefined when there are none. */
export async function keepModules(
  modules: Readonly<Record<string, string>> | undefined,
): Promise<string | undefined> {
  if (!modules || Object.keys(modules).length === 0) return undefined;
  const text = JSON.stringify(modules);
  const folder = cacheFolder(process.env);
  const hash = createHash('sha256').update(text).digest('hex').slice(0, 32);
  const path = join(folder, `modules-${hash}.json`);
  if (existsSync(path)) return path;
  try {
    await mkdir(folder, { recursive: true });
    const unfinished = `${path}.${randomBytes(6).toString('hex')}`;
    await writeFile(unfinished, text, { mode: 0o644, flag: 'wx' });
    await rename(unfinished, path);
    return path;
  } catch (cause) {
    throw new BelljarError('RUNTIME_UNAVAILABLE', `The folder '${folder}' cannot be written.`, {
      suggestion: 'Modules for JavaScript are kept there: set XDG_CACHE_HOME to a folder that can.',
      cause,
    });
  }
}
