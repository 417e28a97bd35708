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

/** Its version, such as `[3, 11, 7]`; undefined when it does not start. */
function versionOf(path: string): number[] | undefined {
  try {
    const said = execFileSync(path, ['-c', 'import sys; print("%d %d %d" % sys.version_info[:3])']);
    return said.toString().trim().split(' ').map(Number);
  } catch {
    return undefined;
  }
}

/** The path of an interpreter of this version, or undefined. */
export function findPython(minor: number): string | undefined {
  return candidates(minor).find((path) => versionOf(path)?.[1] === minor);
}

/** Two interpreters of one minor version and two patch versions; the second one is the system's. */
export function findPatchVersions(): [string, string] | undefined {
  for (const minor of MINOR_VERSIONS) {
    const system = `/usr/bin/python3.${minor}`;
    const patch = existsSync(system) ? versionOf(system)?.[2] : undefined;
    const isOther = (path: string): boolean => {
      const version = versionOf(path);
      return version?.[1] === minor && version[2] !== patch;
    };
    const other = patch === undefined ? undefined : candidates(minor).find(isOther);
    if (other !== undefined) return [other, system];
  }
  return undefined;
}
