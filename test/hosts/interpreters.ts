/** Each CPython that Belljar supports, where this machine has it. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

export const MINOR_VERSIONS = [9, 10, 11, 12, 13, 14] as const;

/** `BELLJAR_PYTHONS` (a list as in PATH), what pyenv has built, and the names that systems use. */
function candidates(minor: number): string[] {
  const named = (process.env.BELLJAR_PYTHONS ?? '').split(':').filter(Boolean);
  const versions = join(process.env.PYENV_ROOT ?? join(homedir(), '.pyenv'), 'versions');
  const built = existsSync(versions) ? readdirSync(versions) : [];
  return [
    ...named,
    ...built
      .filter((version) => version.startsWith(`3.${minor}.`))
      .map((version) => join(versions, version, 'bin/python3')),
    ...['/usr/local/bin', '/usr/bin'].map((folder) => join(folder, `python3.${minor}`)),
  ].filter((path) => existsSync(path));
}

/** The path of an interpreter of this version, or undefined. */
export function findPython(minor: number): string | undefined {
  return candidates(minor).find((path) => {
    try {
      const said = execFileSync(path, ['-c', 'import sys; print("%d.%d" % sys.version_info[:2])']);
      return said.toString().trim() === `3.${minor}`;
    } catch {
      return false;
    }
  });
}
