// node_modules: installed from the lock when the lock or Node is another than at the last install.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { npm } from './npm.mjs';
import { SetupFailure } from './report.mjs';

/**
 * @param {string} root
 * @param {string} nodeVersion
 */
function stampOf(root, nodeVersion) {
  const lock = join(root, 'package-lock.json');
  if (!existsSync(lock)) {
    throw new SetupFailure(
      'package-lock.json is missing: run "git checkout package-lock.json" and try again.',
    );
  }
  const hash = createHash('sha256').update(readFileSync(lock)).digest('hex');
  return `${hash} node-${nodeVersion} ${process.platform}-${process.arch}\n`;
}

/**
 * @param {object} request
 * @param {string} request.root
 * @param {string} request.folder
 * @param {import('./toolchain.mjs').Toolchain} request.toolchain
 * @param {NodeJS.ProcessEnv} request.env
 * @param {(work: string) => void} request.announce
 */
export async function installDependencies({ root, folder, toolchain, env, announce }) {
  const modules = join(root, 'node_modules');
  const stampPath = join(modules, '.belljar-stamp');
  const stamp = stampOf(root, toolchain.version);
  if (existsSync(stampPath) && readFileSync(stampPath, 'utf8') === stamp) return 'up to date';
  announce('installing from package-lock.json (npm ci)');
  // Gone before npm starts: an install that is interrupted is started again.
  rmSync(stampPath, { force: true });
  await npm({
    doing: 'install the dependencies',
    npmArguments: ['ci', '--prefer-offline'],
    node: toolchain.node,
    cwd: root,
    logPath: join(folder, 'npm.log'),
    env,
  });
  mkdirSync(modules, { recursive: true });
  writeFileSync(stampPath, stamp);
  return 'installed';
}
