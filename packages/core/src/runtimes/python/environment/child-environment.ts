import { tmpdir } from 'node:os';

/** Where files, temporary files and programs are, and how a proxy and certificates are named. */
const GENERAL = [
  'HOME',
  'PATH',
  'TMPDIR',
  'XDG_CACHE_HOME',
  'XDG_CONFIG_HOME',
  'XDG_CONFIG_DIRS',
  'NETRC',
  'http_proxy',
  'https_proxy',
  'no_proxy',
  'all_proxy',
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'NO_PROXY',
  'ALL_PROXY',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  'REQUESTS_CA_BUNDLE',
  'CURL_CA_BUNDLE',
];

/** How to reach an index. Not those that choose what is installed, or where. */
const PIP = [
  'PIP_CACHE_DIR',
  'PIP_CERT',
  'PIP_CLIENT_CERT',
  'PIP_CONFIG_FILE',
  'PIP_DEFAULT_TIMEOUT',
  'PIP_EXTRA_INDEX_URL',
  'PIP_FIND_LINKS',
  'PIP_INDEX_URL',
  'PIP_KEYRING_PROVIDER',
  'PIP_NO_CACHE_DIR',
  'PIP_NO_INDEX',
  'PIP_PROXY',
  'PIP_RETRIES',
  'PIP_TIMEOUT',
  'PIP_TRUSTED_HOST',
];

/** The environment of a child that asks the interpreter about itself. */
export function plainEnvironment(env: NodeJS.ProcessEnv): Record<string, string> {
  return {
    ...pick(env, GENERAL),
    // Messages are read by `installFailure`, in English.
    LC_ALL: 'C.UTF-8',
    PYTHONIOENCODING: 'utf-8',
    PYTHONUNBUFFERED: '1',
  };
}

/** The environment of pip. */
export function pipEnvironment(env: NodeJS.ProcessEnv): Record<string, string> {
  return { ...plainEnvironment(env), ...pick(env, PIP) };
}

/** The environment of the first imports: fonts of the system, none of the user's home. */
export function warmEnvironment(
  env: NodeJS.ProcessEnv,
  matplotlibFolder: string,
): Record<string, string> {
  return { ...plainEnvironment(env), HOME: tmpdir(), MPLCONFIGDIR: matplotlibFolder };
}

function pick(env: NodeJS.ProcessEnv, names: readonly string[]): Record<string, string> {
  const picked: Record<string, string> = {};
  for (const name of names) {
    const value = env[name];
    if (value !== undefined) picked[name] = value;
  }
  return picked;
}
