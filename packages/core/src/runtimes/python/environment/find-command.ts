import { constants } from 'node:fs';
import { access, readFile, stat } from 'node:fs/promises';
import { basename, delimiter, dirname, join, resolve } from 'node:path';

/** The absolute path of a program: given as a path, or found on the path. */
export async function findCommand(
  name: string,
  env: NodeJS.ProcessEnv,
): Promise<string | undefined> {
  if (name.includes('/')) {
    const path = resolve(name);
    return (await isProgram(path)) ? path : undefined;
  }
  for (const folder of (env.PATH ?? '').split(delimiter)) {
    // A relative or empty entry would find programs in whatever the working directory is.
    if (!folder.startsWith('/')) continue;
    const path = join(folder, name);
    if (!(await isProgram(path))) continue;
    if (basename(folder) !== 'shims') return path;
    const behind = await behindShim(path, env);
    if (behind === 'next') continue;
    return behind ?? path;
  }
  return undefined;
}

export async function isProgram(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}

/**
 * What a shim of pyenv would run, or `'next'` for the system's own, further down the path.
 *
 * A shim is a shell script that takes 70 ms to find its interpreter. Where pyenv's files do not
 * say plainly which one it is (a prefix such as `3.11`, another version manager), undefined: the
 * shim then finds it itself.
 */
async function behindShim(
  shim: string,
  env: NodeJS.ProcessEnv,
): Promise<string | 'next' | undefined> {
  const root = env.PYENV_ROOT ?? dirname(dirname(shim));
  for (const version of await pyenvVersions(root, env)) {
    if (version === 'system') return 'next';
    if (version.includes('/')) return undefined;
    const program = join(root, 'versions', version, 'bin', basename(shim));
    if (await isProgram(program)) return program;
  }
  return undefined;
}

/** In pyenv's order: its variable, the nearest `.python-version`, its global file. */
async function pyenvVersions(root: string, env: NodeJS.ProcessEnv): Promise<string[]> {
  if (env.PYENV_VERSION) return env.PYENV_VERSION.split(':');
  for (let folder = env.PYENV_DIR ?? process.cwd(); ; folder = dirname(folder)) {
    const local = await words(join(folder, '.python-version'));
    if (local.length > 0) return local;
    if (folder === dirname(folder)) break;
  }
  const global = await words(join(root, 'version'));
  return global.length > 0 ? global : ['system'];
}

async function words(path: string): Promise<string[]> {
  try {
    const text = (await readFile(path, 'utf8')).replaceAll(/#.*$/gm, '');
    return text.split(/\s+/).filter(Boolean);
  } catch {
    return [];
  }
}
