"""What is mounted, in a mount namespace of the command's own."""
from __future__ import annotations

import os

from belljar_runtime.jail import libc

_CGROUPS = "/sys/fs/cgroup"


def own_mounts() -> None:
    libc.unshare(libc.CLONE_NEWNS)
    libc.mount("none", "/", None, libc.MS_REC | libc.MS_PRIVATE)


def _empty(folder: str, mode: int = 0o755) -> None:
    libc.mount("tmpfs", folder, "tmpfs", libc.MS_NOSUID | libc.MS_NODEV, "mode=%o,size=1m" % mode)


def no_proc() -> None:
    """An empty folder in its place."""
    own_mounts()
    _empty("/proc")


def proc_covered() -> None:
    """As containers have it, some covered and some read-only: the kernel lets nobody mount another."""
    own_mounts()
    _empty("/proc/tty")
    libc.mount("/proc/sys", "/proc/sys", None, libc.MS_BIND | libc.MS_REC)
    libc.mount_set_attributes("/proc/sys", libc.MOUNT_ATTR_RDONLY)


def cgroups_read_only() -> None:
    """As in a container."""
    own_mounts()
    libc.mount(_CGROUPS, _CGROUPS, None, libc.MS_BIND | libc.MS_REC)
    libc.mount_set_attributes(_CGROUPS, libc.MOUNT_ATTR_RDONLY)


def no_cgroups() -> None:
    own_mounts()
    libc.unmount(_CGROUPS)
    if os.path.exists(_CGROUPS):
        _empty(_CGROUPS)


def open_to_all(paths: list) -> None:
    """Lets every user reach these folders, wherever they are: closed ones above are covered."""
    own_mounts()
    wanted = {path: os.open(path, os.O_PATH) for path in sorted(set(paths)) if os.path.exists(path)}
    covered = {_first_closed(path) for path in wanted} - {None}
    for folder in covered:
        _empty(folder)
    for path, descriptor in wanted.items():
        if any(path.startswith(folder + "/") for folder in covered):
            os.makedirs(path, exist_ok=True)
            libc.mount("/proc/self/fd/%d" % descriptor, path, None, libc.MS_BIND | libc.MS_REC)
        os.close(descriptor)


def _first_closed(path: str) -> str | None:
    parts = path.strip("/").split("/")
    for count in range(1, len(parts)):
        folder = "/" + "/".join(parts[:count])
        if not os.stat(folder).st_mode & 0o001:
            return folder
    return None
