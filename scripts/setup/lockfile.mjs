// Completes package-lock.json for every platform: npm leaves out the optional packages that the
// registry at hand does not have (some mirrors keep few platforms), and `npm ci` refuses such a
// lock wherever they can be had. They are added by name and version, without a hash.
import { readFileSync, writeFileSync } from 'node:fs';
import { SetupFailure } from './report.mjs';

/**
 * @typedef {object} Entry
 * @property {string} [version]
 * @property {boolean} [dev]
 * @property {boolean} [optional]
 * @property {Record<string, string>} [optionalDependencies]
 */

/** @type {Record<string, string>} */
const platformWords = { windows: 'win32', 64: 'x64' };

/** What npm needs in order not to fetch a package for another platform. @param {string} name */
function platformOf(name) {
  const words = (name.split('/').pop() ?? '').split('-').map((word) => platformWords[word] ?? word);
  const os = words.filter((word) => /^(android|darwin|freebsd|linux|win32)$/.test(word));
  const cpu = words.filter((word) => /^(x64|arm64|ia32|arm|riscv64|ppc64|s390x)$/.test(word));
  const libc = words.filter((word) => word === 'musl');
  if (os.length !== 1 || cpu.length !== 1) {
    throw new SetupFailure(
      `which platform ${name} is for cannot be read from its name: add it by hand`,
    );
  }
  return { cpu, ...(libc.length > 0 ? { libc } : {}), os };
}

/**
 * @param {{ packages: Record<string, Entry> }} lock changed in place
 * @returns {string[]} the names that were added
 */
export function completeLock(lock) {
  const added = [];
  for (const [path, entry] of Object.entries(lock.packages)) {
    if (!path.includes('node_modules/')) continue;
    for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
      const at = `node_modules/${name}`;
      if (lock.packages[at] !== undefined || lock.packages[`${path}/${at}`] !== undefined) continue;
      if (!/^\d+\.\d+\.\d+$/.test(version)) continue;
      const dev = entry.dev ? { dev: true } : {};
      lock.packages[at] = { version, ...dev, optional: true, ...platformOf(name) };
      added.push(name);
    }
  }
  const sorted = Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  lock.packages = Object.fromEntries(sorted);
  return added;
}

/** @param {string} path @returns {string[]} the names that were added */
export function completeLockFile(path) {
  const lock = JSON.parse(readFileSync(path, 'utf8'));
  const added = completeLock(lock);
  const text = `${JSON.stringify(lock, undefined, 2)}\n`;
  if (/"resolved": "https?:/.test(text)) {
    throw new SetupFailure(
      'package-lock.json names a registry: delete it and run "npm run lock" again (.npmrc has omit-lockfile-registry-resolved).',
    );
  }
  writeFileSync(path, text);
  return added;
}
