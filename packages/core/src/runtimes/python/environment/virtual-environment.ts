import { chmod, mkdir, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { InterpreterFacts } from './probe-interpreter.js';

/** `3.11.7` → `3.11`. */
function minorVersion(facts: InterpreterFacts): string {
  return facts.version.split('.').slice(0, 2).join('.');
}

/** Where the packages of an environment are. */
export function sitePackages(folder: string, facts: InterpreterFacts): string {
  const threads = /^cpython-\d+t/.test(facts.abi) ? 't' : '';
  return join(folder, 'lib', `python${minorVersion(facts)}${threads}`, 'site-packages');
}

/**
 * Lays out a virtual environment as PEP 405 defines it: `pyvenv.cfg`, a link to the interpreter
 * and a folder for packages. Needs no module `venv`, which Debian and small images leave out, and
 * holds no path of its own, so that the folder can be renamed.
 */
export async function layOutEnvironment(folder: string, facts: InterpreterFacts): Promise<void> {
  const packages = sitePackages(folder, facts);
  await mkdir(join(folder, 'bin'), { recursive: true });
  await mkdir(packages, { recursive: true });
  // Where a platform keeps compiled packages in lib64, that is the same folder.
  await symlink('lib', join(folder, 'lib64'));
  const settings = [
    `home = ${dirname(facts.baseExecutable)}`,
    'include-system-site-packages = false',
    `version = ${facts.version}`,
    `executable = ${facts.baseExecutable}`,
  ];
  await writeFile(join(folder, 'pyvenv.cfg'), `${settings.join('\n')}\n`);
  // Whatever the umask: a sandbox of an engine that root runs has a user id of its own.
  await chmod(join(folder, 'pyvenv.cfg'), 0o644);
  const folders = [folder, join(folder, 'bin'), join(folder, 'lib'), dirname(packages), packages];
  for (const path of folders) await chmod(path, 0o755);
  await symlink(facts.baseExecutable, join(folder, 'bin', 'python'));
  for (const name of interpreterNames(facts)) await symlink('python', join(folder, 'bin', name));
}

/** Removes commands that packages brought along: their first lines name the unfinished folder. */
export async function removeCommands(folder: string, facts: InterpreterFacts): Promise<void> {
  const keep = new Set(['python', ...interpreterNames(facts)]);
  for (const name of await readdir(join(folder, 'bin'))) {
    if (!keep.has(name)) await rm(join(folder, 'bin', name), { recursive: true });
  }
}

function interpreterNames(facts: InterpreterFacts): string[] {
  return ['python3', `python${minorVersion(facts)}`];
}
