/**
 * Why a layer cannot be had, and what to do about it: data only, the first row that fits.
 *
 * A row is chosen by how the attempt failed; what the machine says of itself only tells rows apart.
 * `docs/doctor.md` has the same table for people, and a test compares the two.
 */
import type { HostFacts } from './host-facts.js';

export interface Failure {
  layer: string;
  errno: number | undefined;
  message: string;
  kind: string;
  /** Of the interpreter that tried. */
  interpreter: string;
}

/** By container where that makes a difference; `else` for all others. */
export type ByContainer = { else: string } & Record<string, string>;

export interface Cause {
  id: string;
  fits(failure: Failure, host: HostFacts): boolean;
  reason: string;
  fix: string | ByContainer;
}

const [EPERM, ENOENT, ENOMEM, EACCES, EINVAL, ENOSPC, EROFS, ENOSYS, EUSERS, ENOTSUP] = [
  1, 2, 12, 13, 22, 28, 30, 38, 87, 95,
];
const refused = ({ errno }: Failure): boolean => errno === EPERM || errno === EACCES;
const unknown = ({ errno }: Failure): boolean => errno === ENOSYS || errno === EINVAL;
const isNamespace = ({ layer }: Failure): boolean => layer.endsWith('-namespace');
/** Made with rights inside a user namespace. */
const isInNamespace = (failure: Failure): boolean =>
  isNamespace(failure) || ['read-only-root', 'workspace-quota'].includes(failure.layer);
const isLandlock = ({ layer }: Failure): boolean => layer === 'landlock';
const olderThan = ({ kernel }: HostFacts, major: number, minor: number): boolean => {
  const [ours = 0, below = 0] = kernel.split('.').map(Number.parseFloat);
  return ours < major || (ours === major && below < minor);
};

const FILTER_FIX: ByContainer = {
  docker:
    'Run the container with `--security-opt seccomp=<profile>` that allows unshare, setns, mount, mount_setattr, umount2, pivot_root and sethostname, or `seccomp=unconfined` (Compose: `security_opt`).',
  podman: 'Run the container with `--security-opt seccomp=unconfined`, or a profile of your own.',
  kubernetes:
    'Set `securityContext.seccompProfile` of the container to `type: Unconfined`, or to a `Localhost` profile that allows unshare, setns, mount, mount_setattr, umount2, pivot_root and sethostname.',
  else: 'Loosen that filter: in Docker and Podman `--security-opt seccomp=unconfined` or a profile that allows unshare, setns, mount, mount_setattr, umount2, pivot_root and sethostname; in Kubernetes `seccompProfile`; in a systemd unit `RestrictNamespaces=no` and no `SystemCallFilter=`.',
};

const LABEL_FIX: ByContainer = {
  docker: 'Run the container with `--security-opt apparmor=unconfined` (SELinux: `label=disable`).',
  podman: 'Run the container with `--security-opt apparmor=unconfined` (SELinux: `label=disable`).',
  kubernetes:
    'Set `securityContext.appArmorProfile` of the container to `type: Unconfined` (before Kubernetes 1.30 by annotation).',
  else: 'Let that profile allow userns, mount, umount and pivot_root to the interpreter.',
};

const UBUNTU_CONTAINER_FIX =
  'On the host: `sysctl -w kernel.apparmor_restrict_unprivileged_userns=0` and a file in /etc/sysctl.d; or run the container under an AppArmor profile of its own that allows userns and mount.';

const GVISOR = 'gVisor answers for the kernel here, and does not have this call';

export const CAUSES: readonly Cause[] = [
  {
    id: 'no-proc',
    fits: ({ errno, message }, { hasProc }) =>
      !hasProc && (errno === ENOENT || message.includes('/proc')),
    reason: '/proc is not mounted, or cannot be read',
    fix: 'Mount it before the engine starts: `mount -t proc proc /proc`; for a chroot, bind the host’s into it.',
  },
  {
    id: 'interpreter-hidden',
    fits: ({ kind }) => kind === 'InterpreterHidden',
    reason: 'the interpreter cannot be seen from a sandbox: {message}',
    fix: 'Use a Python that is elsewhere, or set XDG_CACHE_HOME to a folder elsewhere.',
  },
  {
    id: 'wsl1',
    fits: (_, { container }) => container === 'wsl1',
    reason: 'WSL 1 has no Linux kernel',
    fix: 'Change the distribution to WSL 2: `wsl --set-version <distribution> 2` in PowerShell.',
  },
  {
    id: 'gvisor',
    fits: (failure, { container }) =>
      container === 'gvisor' && (refused(failure) || unknown(failure) || failure.errno === ENOTSUP),
    reason: GVISOR,
    fix: 'Run the container with another runtime class (runc), or take what `confined` needs from it if it can be had.',
  },
  {
    id: 'landlock-signals-old',
    fits: ({ layer, message }) => layer === 'landlock-signals' && message.includes('signals need'),
    reason: 'Landlock keeps signals in from Linux 6.12 on (its version 6)',
    fix: 'A newer kernel. Until then the seccomp filter and the PID namespace are all that keeps signals in.',
  },
  {
    id: 'landlock-off',
    fits: (failure) => isLandlock(failure) && failure.errno === ENOTSUP,
    reason: 'Landlock is built into this kernel and was not switched on at boot',
    fix: 'Add `landlock` to the boot parameter `lsm=` (or `CONFIG_LSM`), such as `lsm=landlock,lockdown,yama,integrity,apparmor`, and boot again.',
  },
  {
    id: 'landlock-old',
    fits: (failure, host) =>
      isLandlock(failure) && failure.errno === ENOSYS && olderThan(host, 5, 13),
    reason: 'this kernel is older than Landlock, which came with Linux 5.13',
    fix: 'Boot Linux 5.13 or newer; 6.12 has all of it.',
  },
  {
    id: 'landlock-filtered',
    fits: (failure, { filtered }) =>
      isLandlock(failure) && filtered && (refused(failure) || failure.errno === ENOSYS),
    reason: 'a system-call filter round this process refuses Landlock, or the kernel lacks it',
    fix: {
      else: 'Let the filter allow landlock_create_ruleset, landlock_add_rule and landlock_restrict_self (the default ones of current Docker, Podman and containerd do); if it does, build the kernel with CONFIG_SECURITY_LANDLOCK.',
    },
  },
  {
    id: 'landlock-not-built',
    fits: (failure) => isLandlock(failure) && failure.errno === ENOSYS,
    reason: 'this kernel is built without Landlock',
    fix: 'Boot a kernel with CONFIG_SECURITY_LANDLOCK=y and `landlock` in `lsm=`.',
  },
  {
    id: 'proc-covered',
    fits: ({ layer }) => layer === 'proc',
    reason:
      'this host forbids mounting a /proc where a part of its own is covered, as containers do',
    fix: {
      docker: 'Run the container with `--security-opt systempaths=unconfined`.',
      podman: 'Run the container with `--security-opt unmask=ALL`.',
      kubernetes:
        'Set `securityContext.procMount: Unmasked` of the container (with `hostUsers: false`).',
      else: 'Uncover it: in Docker `--security-opt systempaths=unconfined`, in Podman `--security-opt unmask=ALL`. Sandboxes work without it, with no /proc.',
    },
  },
  {
    id: 'limits-read-only',
    fits: ({ layer }) => layer === 'namespace-limits',
    reason:
      '/proc/sys cannot be written here, as in containers: that a sandbox makes no namespaces rests on its filter alone',
    fix: {
      docker: 'Run the container with `--security-opt systempaths=unconfined`.',
      podman: 'Run the container with `--security-opt unmask=ALL`.',
      else: 'Nothing to do, or leave /proc/sys writable: in Docker `--security-opt systempaths=unconfined`, in Podman `--security-opt unmask=ALL`.',
    },
  },
  {
    id: 'hostname-refused',
    fits: ({ layer }) => layer === 'hostname',
    reason:
      'a sandbox can be given no host name of its own: it sees the one of this host or container',
    fix: 'Let the filter round this process allow sethostname (docs/containers.md has a profile); nothing to do where the name is no secret.',
  },
  {
    id: 'namespace-limit',
    fits: ({ errno }, { settings }) => errno === ENOSPC && Object.values(settings).includes('0'),
    reason: 'a limit of namespaces is 0 here (`user.max_user_namespaces` or one of its kind)',
    fix: '`sysctl -w user.max_user_namespaces=15000` as root, and the same line in a file of /etc/sysctl.d; likewise for `user.max_{mnt,pid,net,ipc,uts,cgroup}_namespaces`.',
  },
  {
    id: 'namespace-limit-reached',
    fits: (failure) =>
      isInNamespace(failure) && (failure.errno === ENOSPC || failure.errno === EUSERS),
    reason: 'the limit of namespaces is reached, or they are nested too deep',
    fix: 'Raise `user.max_user_namespaces` and its kind by sysctl, also in the user namespaces round this process; at most 32 can be nested.',
  },
  {
    id: 'userns-clone',
    fits: (failure, { user, settings }) =>
      isInNamespace(failure) &&
      refused(failure) &&
      user === 'ordinary' &&
      settings['kernel.unprivileged_userns_clone'] === '0',
    reason: 'this system keeps user namespaces for root (`kernel.unprivileged_userns_clone` is 0)',
    fix: '`sysctl -w kernel.unprivileged_userns_clone=1` as root, and the same line in a file of /etc/sysctl.d.',
  },
  {
    id: 'ubuntu-apparmor',
    fits: (failure, { user, settings, label, filtered }) =>
      isInNamespace(failure) &&
      refused(failure) &&
      user === 'ordinary' &&
      label === undefined &&
      // A filter refuses the call itself; AppArmor refuses what is done in the new namespace.
      !(filtered && failure.message.startsWith('unshare')) &&
      settings['kernel.apparmor_restrict_unprivileged_userns'] === '1',
    reason:
      'AppArmor keeps user namespaces from programs without a profile (Ubuntu 23.10 and newer: `kernel.apparmor_restrict_unprivileged_userns` is 1)',
    fix: {
      docker: UBUNTU_CONTAINER_FIX,
      podman: UBUNTU_CONTAINER_FIX,
      kubernetes: UBUNTU_CONTAINER_FIX,
      else: 'Give the interpreter a profile: write `abi <abi/4.0>, include <tunables/global> profile belljar {interpreter} flags=(unconfined) { userns, }` to /etc/apparmor.d/belljar and load it with `apparmor_parser -r /etc/apparmor.d/belljar` as root. For all programs at once: `sysctl -w kernel.apparmor_restrict_unprivileged_userns=0`.',
    },
  },
  {
    id: 'container-label',
    fits: (failure, { label }) =>
      isInNamespace(failure) && label !== undefined && failure.errno === EACCES,
    reason: 'the AppArmor or SELinux profile of this process ({label}) refuses it',
    fix: LABEL_FIX,
  },
  {
    id: 'container-filter',
    fits: (failure, { filtered }) =>
      isInNamespace(failure) && filtered && (refused(failure) || failure.errno === ENOSYS),
    reason: 'a system-call filter round this process refuses it, as containers’ default ones do',
    fix: FILTER_FIX,
  },
  {
    id: 'chroot',
    fits: (failure, { inChroot }) => isInNamespace(failure) && refused(failure) && inChroot,
    reason: 'this process is in a chroot, where the kernel makes no user namespaces',
    fix: 'Enter the folder by pivot_root, as containers do (`unshare -m`, `systemd-nspawn`), and not by chroot.',
  },
  {
    id: 'not-built',
    fits: (failure) => isNamespace(failure) && unknown(failure),
    reason: 'this kernel is built without it',
    fix: 'Boot a kernel with CONFIG_NAMESPACES and all of CONFIG_{USER,PID,NET,IPC,UTS}_NS and CONFIG_CGROUPS.',
  },
  {
    id: 'old-mount-call',
    fits: ({ layer, errno }) => layer === 'read-only-root' && errno === ENOSYS,
    reason: 'this kernel is older than mount_setattr, which came with Linux 5.12',
    fix: 'Boot Linux 5.13 or newer.',
  },
  {
    id: 'namespace-refused',
    fits: (failure) => isInNamespace(failure) && refused(failure),
    reason: 'the kernel refuses it to this process',
    fix: 'Look for a security module or a container round this process (`cat /proc/self/attr/current`, `aa-status`, `dmesg`), and let it allow user namespaces and mounts in them.',
  },
  {
    id: 'no-id-range',
    fits: ({ layer, errno }) =>
      layer === 'own-user-id' && (errno === EPERM || errno === EINVAL || errno === EACCES),
    reason:
      'this root may not give user ids away: it is root in a container or namespace with few ids, or lacks CAP_SETUID and CAP_SETGID',
    fix: 'Run the engine as an ordinary user (`USER` in the Dockerfile, `--user 1000`, `runAsUser: 1000`), which needs no ids of its own; or with CAP_SETUID and CAP_SETGID and ids from 1,900,000,000 on.',
  },
  {
    id: 'rlimits-root',
    fits: (failure, { user }) => failure.layer === 'rlimits' && user === 'root' && refused(failure),
    reason: 'the process limit does not bind user id 0, and this root cannot take another id',
    fix: 'Run the engine as an ordinary user (`USER` in the Dockerfile, `--user 1000`, `runAsUser: 1000`).',
  },
  {
    id: 'no-policy',
    fits: ({ layer, errno }) => layer === 'seccomp' && errno === ENOTSUP,
    reason: 'there is no system-call policy for this processor ({architecture})',
    fix: 'Run on x86-64 or arm64.',
  },
  {
    id: 'no-seccomp',
    fits: (failure) => failure.layer === 'seccomp' && (unknown(failure) || refused(failure)),
    reason: 'this process may install no system-call filter ({message})',
    fix: 'Boot a kernel with CONFIG_SECCOMP_FILTER, and let no filter round this process refuse seccomp(2) and prctl(2).',
  },
  {
    id: 'temporary-folder',
    fits: ({ layer, errno }) =>
      layer === 'landlock' && (errno === EROFS || errno === ENOENT || errno === ENOSPC),
    reason: 'it could not be tried: there is no folder for temporary files ({message})',
    fix: 'Make /tmp writable (`--tmpfs /tmp`).',
  },
  {
    id: 'cgroups-not-used',
    fits: ({ layer, kind }) => layer === 'cgroups' && kind === 'NotUsed',
    reason: '{message}; Belljar does not use them yet, and its watchdog counts instead',
    fix: 'Nothing to do.',
  },
  {
    id: 'no-cgroups',
    fits: ({ layer }) => layer === 'cgroups',
    reason: 'no control group can be made here ({message}); the watchdog counts instead',
    fix: 'Nothing to do: limits hold without. To have them: run as a systemd unit with `Delegate=yes`, or as root with /sys/fs/cgroup writable.',
  },
  {
    id: 'no-watchdog',
    fits: ({ layer }) => layer === 'watchdog',
    reason: 'the processes of a sandbox cannot be seen from outside ({message})',
    fix: 'Mount a whole /proc (without `hidepid` for other users), on Linux 5.3 or newer with CONFIG_PROC_CHILDREN.',
  },
  {
    id: 'out-of-memory',
    fits: ({ errno }) => errno === ENOMEM,
    reason: 'there was no memory to try it',
    fix: 'Give the container more memory.',
  },
  {
    id: 'other',
    fits: () => true,
    reason: '{message}',
    fix: 'See docs/doctor.md; Linux 5.13 or newer has all layers that are needed, 6.12 all there are.',
  },
];
