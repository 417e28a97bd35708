// The environment that npm, the compiler, the tests and the tasks run in.
import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';

/** @param {string} path */
export function isWritable(path) {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * Whether files can be made under `path`, which may not exist yet. Makes nothing: `mkdir` with
 * `recursive` never returns under `/proc`.
 *
 * @param {string} path
 */
function canBeMade(path) {
  let nearest = path;
  while (!existsSync(nearest) && dirname(nearest) !== nearest) nearest = dirname(nearest);
  return statSync(nearest).isDirectory() && isWritable(nearest);
}

function homeIsWritable() {
  try {
    return isWritable(homedir());
  } catch {
    return false; // No HOME, and no entry for this user id.
  }
}

/**
 * The caller's environment without what `npm run` puts there for one script, and with caches that
 * can be written when the home folder cannot.
 *
 * @param {NodeJS.ProcessEnv} outer
 * @param {string} folder the project's folder for things that set-up brings
 * @returns {NodeJS.ProcessEnv}
 */
export function baseEnvironment(outer, folder) {
  const env = { ...outer };
  for (const name of Object.keys(env)) {
    if (
      /^npm_(package_|lifecycle_|command$|config_(local_prefix|user_agent|npm_version)$)/.test(name)
    ) {
      delete env[name];
    }
  }
  if (!homeIsWritable()) env.XDG_CACHE_HOME ??= join(folder, 'cache');
  const npmCache = env.npm_config_cache;
  if (npmCache ? !canBeMade(npmCache) : !homeIsWritable()) {
    env.npm_config_cache = join(folder, 'npm-cache');
  }
  env.TURBO_TELEMETRY_DISABLED = '1';
  env.TURBO_NO_UPDATE_NOTIFIER = '1';
  return env;
}

/**
 * The same with Node first on the path, for all that runs after the toolchain is there.
 *
 * @param {NodeJS.ProcessEnv} base
 * @param {import('./toolchain.mjs').Toolchain} toolchain
 * @param {string} root
 * @returns {NodeJS.ProcessEnv}
 */
export function taskEnvironment(base, { node, headers }, root) {
  /** @type {NodeJS.ProcessEnv} */
  const env = { ...base, NODE: node, npm_node_execpath: node };
  const first = [dirname(node), join(root, 'node_modules', '.bin')];
  env.PATH = [...first, ...(base.PATH ?? '').split(delimiter)].join(delimiter);
  if (headers !== undefined) env.npm_config_nodedir = headers;
  return env;
}
