// npm: which one runs, and what its failures mean in one sentence.
import { accessSync, constants, existsSync, writeFileSync } from 'node:fs';
import { basename, delimiter, join } from 'node:path';
import { run } from './child.mjs';
import { SetupFailure } from './report.mjs';

/** Fails sooner than npm's defaults when nothing answers: 3 tries within a few seconds. */
const retryFlags = [
  '--fetch-retries=2',
  '--fetch-retry-mintimeout=1000',
  '--fetch-retry-maxtimeout=5000',
];

const unreachable =
  /^(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|EPIPE|ERR_SOCKET_TIMEOUT|FETCH_ERROR|ENOTCACHED)$/;
const refused = /^(E401|E403|E404|E407|E5\d\d|ETARGET)$/;
const untrusted = /CERT|SELF_SIGNED|UNABLE_TO_(VERIFY|GET_ISSUER)/;

/**
 * @param {string} doing what npm was asked for, as in "could not …"
 * @param {string} output all that npm printed
 * @param {string} logPath where the output is kept
 */
export function explainNpmFailure(doing, output, logPath) {
  const code = /npm (?:error|ERR!) code (\S+)/.exec(output)?.[1] ?? '';
  const failed = `npm could not ${doing}`;
  if (unreachable.test(code)) {
    return `${failed}, because its registry could not be reached (${code}): connect to a network, or point npm at a registry or proxy that answers (npm config set registry|proxy), and run again.`;
  }
  if (untrusted.test(code)) {
    return `${failed}, because the registry's certificate is not trusted (${code}): give npm your certificate authority with "npm config set cafile <file>" and run again.`;
  }
  if (refused.test(code)) {
    return `${failed}, because the registry answered ${code}: check "npm config get registry" and run again; npm's words are in ${logPath}.`;
  }
  if (code === 'ENOSPC' || output.includes('ENOSPC')) {
    return `${failed}, because the disk is full: free 1 GB and run again.`;
  }
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') {
    return `${failed}, because a folder cannot be written (${code}); npm's words are in ${logPath}.`;
  }
  if (code === 'EUSAGE' && output.includes('package-lock.json')) {
    return `${failed}, because package-lock.json does not match the package.json files: run "npm run lock" and commit it.`;
  }
  return `${failed} (${code || 'no error code'}): npm's words are in ${logPath}.`;
}

/**
 * The way to start npm: its script under the Node that runs this, or the one on the path.
 *
 * @param {NodeJS.ProcessEnv} env
 * @returns {string | undefined} a path; one that ends in `.js` is run with Node
 */
export function findNpm(env) {
  const parent = env.npm_execpath;
  if (parent && basename(parent) === 'npm-cli.js' && existsSync(parent)) return parent;
  for (const folder of (env.PATH ?? '').split(delimiter)) {
    if (folder === '') continue;
    const candidate = join(folder, 'npm');
    try {
      accessSync(candidate, constants.X_OK);
      return candidate;
    } catch {}
  }
  return undefined;
}

/**
 * Runs npm without showing its output; a failure becomes a sentence.
 *
 * @param {object} request
 * @param {string} request.doing
 * @param {readonly string[]} request.npmArguments
 * @param {string} request.node path of the Node to run npm with
 * @param {string} request.cwd
 * @param {string} request.logPath
 * @param {NodeJS.ProcessEnv} request.env
 */
export async function npm({ doing, npmArguments, node, cwd, logPath, env }) {
  const path = findNpm(env);
  if (path === undefined) {
    throw new SetupFailure(
      'npm is not on the PATH: install it (it comes with Node) and run again.',
    );
  }
  const all = [...npmArguments, '--no-audit', '--no-fund', '--no-update-notifier', ...retryFlags];
  const outcome = path.endsWith('.js')
    ? await run(node, [path, ...all], { cwd, env, capture: true })
    : await run(path, all, { cwd, env, capture: true });
  if (outcome.code === 0) return;
  writeFileSync(logPath, outcome.output);
  throw new SetupFailure(explainNpmFailure(doing, outcome.output, logPath));
}
