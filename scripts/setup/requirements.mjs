// What the machine must have before anything is fetched; each thing missing is one sentence.
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './child.mjs';
import { isWritable } from './environment.mjs';
import { findNpm } from './npm.mjs';
import { SetupFailure } from './report.mjs';

/** The oldest Python that sandboxes run on. */
const minimumPython = [3, 9];

export function requirePlatform(/** @type {string} */ platform) {
  if (platform === 'linux' || platform === 'darwin') return;
  throw new SetupFailure(
    `${platform} is not supported, because the jail is made of Linux facilities: use Linux, or WSL 2 on Windows.`,
  );
}

/** @param {string} root @param {string} folder */
export function requireWritable(root, folder) {
  const built = ['packages', 'examples'].flatMap((group) =>
    readdirSync(join(root, group)).map((name) => join(root, group, name, 'dist')),
  );
  for (const path of [root, folder, join(root, 'node_modules'), join(root, '.turbo'), ...built]) {
    if (existsSync(path) && !isWritable(path)) {
      throw new SetupFailure(
        `${path} is not writable for this user: make it yours with "sudo chown -R $(id -u) '${root}'", or work in a clone of your own.`,
      );
    }
  }
  mkdirSync(folder, { recursive: true });
}

/** @param {NodeJS.ProcessEnv} env */
export function requireNpm(env) {
  if (findNpm(env) !== undefined) return;
  throw new SetupFailure('npm is not on the PATH: install it (it comes with Node) and run again.');
}

/** @param {NodeJS.ProcessEnv} env @param {string} cwd */
export async function requirePython(env, cwd) {
  const python = env.BELLJAR_PYTHON || 'python3';
  const wanted = minimumPython.join('.');
  const outcome = await run(
    python,
    ['-I', '-c', 'import sys; print("%d.%d" % sys.version_info[:2])'],
    { cwd, env, capture: true },
  );
  if (outcome.code !== 0) {
    throw new SetupFailure(
      `${python} cannot be run: install Python ${wanted} or newer (Debian and Ubuntu: "apt-get install python3"), or set BELLJAR_PYTHON to its path.`,
    );
  }
  const [major = 0, minor = 0] = outcome.output.trim().split('.').map(Number);
  const [wantedMajor = 0, wantedMinor = 0] = minimumPython;
  if (major > wantedMajor || (major === wantedMajor && minor >= wantedMinor)) return;
  throw new SetupFailure(
    `${python} is Python ${outcome.output.trim()}, and sandboxes need ${wanted} or newer: install one and set BELLJAR_PYTHON to its path.`,
  );
}
