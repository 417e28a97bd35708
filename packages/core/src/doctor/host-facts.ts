/**
 * What this machine says of itself, read and not tried. It decides nothing: it only explains why a
 * layer that was tried could not be had.
 */
import { existsSync, readFileSync } from 'node:fs';
import { release } from 'node:os';

export interface HostFacts {
  platform: string;
  architecture: string;
  kernel: string;
  node: string;
  user: 'root' | 'ordinary';
  container: string | undefined;
  /** A seccomp filter of the container, of systemd or of another parent is in force already. */
  filtered: boolean;
  /** The AppArmor or SELinux label that confines this process. */
  label: string | undefined;
  hasProc: boolean;
  /** The root is not a mount of its own: the kernel gives no user namespaces in a chroot. */
  inChroot: boolean;
  /** Values of `SETTINGS`, as far as they are there. */
  settings: Readonly<Record<string, string>>;
  /** `ID` and `ID_LIKE` of os-release. */
  distribution: readonly string[];
}

const SETTINGS = [
  'user.max_user_namespaces',
  'user.max_mnt_namespaces',
  'user.max_pid_namespaces',
  'user.max_net_namespaces',
  'user.max_ipc_namespaces',
  'user.max_uts_namespaces',
  'user.max_cgroup_namespaces',
  'kernel.unprivileged_userns_clone',
  'kernel.apparmor_restrict_unprivileged_userns',
];

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return '';
  }
}

function field(text: string, name: string): string {
  return new RegExp(`^${name}[:=]\\s*"?([^"\\n]*)`, 'm').exec(text)?.[1]?.trim() ?? '';
}

/** Where more than one is true, the one whose setting counts: a pod's before its container's. */
function findContainer(kernel: string): string | undefined {
  const version = read('/proc/version');
  if (/Microsoft/.test(kernel) && !/WSL2|microsoft-standard/.test(kernel)) return 'wsl1';
  // gVisor gives this version and build date, whatever it runs on.
  if (/gVisor/i.test(version) || /Linux version 4\.4\.0 .*Jan 10 15:06:54 PST 2016/.test(version)) {
    return 'gvisor';
  }
  if (process.env.KUBERNETES_SERVICE_HOST) return 'kubernetes';
  if (existsSync('/run/.containerenv')) return 'podman';
  if (existsSync('/.dockerenv')) return 'docker';
  const named = read('/run/systemd/container');
  if (named) return named;
  const groups = read('/proc/1/cgroup');
  if (/kubepods/.test(groups)) return 'kubernetes';
  if (/docker/.test(groups)) return 'docker';
  if (/libpod/.test(groups)) return 'podman';
  if (/lxc/.test(groups)) return 'lxc';
  return /microsoft/i.test(kernel) ? 'wsl2' : undefined;
}

export function readHostFacts(): HostFacts {
  const kernel = release();
  const status = read('/proc/self/status');
  const mounts = read('/proc/self/mountinfo');
  const label = read('/proc/self/attr/current').replaceAll('\0', '');
  const settings: Record<string, string> = {};
  for (const name of SETTINGS) {
    const value = read(`/proc/sys/${name.replaceAll('.', '/')}`);
    if (value) settings[name] = value;
  }
  const system = read('/etc/os-release');
  return {
    platform: process.platform,
    architecture: process.arch,
    kernel,
    node: process.versions.node,
    user: process.geteuid?.() === 0 ? 'root' : 'ordinary',
    container: process.platform === 'linux' ? findContainer(kernel) : undefined,
    filtered: field(status, 'Seccomp') === '2',
    label: label && !/^unconfined\b|^kernel$/.test(label) ? label : undefined,
    hasProc: status !== '',
    inChroot: mounts !== '' && !/^\d+ \d+ \S+ \S+ \/ /m.test(mounts),
    settings,
    distribution: `${field(system, 'ID')} ${field(system, 'ID_LIKE')}`.split(' ').filter(Boolean),
  };
}
