"""A real container engine, where the machine has one: nothing is simulated but the image."""
from __future__ import annotations

import errno
import os
import shutil

from belljar_runtime.jail import libc

import mounts

_PASSED_ON = ("PATH", "HOME", "XDG_CACHE_HOME", "TMPDIR", "CI")


def podman(*options: str) -> list:
    """The command in a container of the host's own files, below a layer that takes what is written."""
    if shutil.which("podman") is None:
        raise OSError(errno.ENOENT, "podman is not installed")
    mounts.own_mounts()
    _only_version_1()
    variables = [name for name in os.environ if name in _PASSED_ON or name.startswith("BELLJAR_")]
    environment = [word for name in variables for word in ("--env", name)]
    return ["podman", "run", "--rm", "--network=none", "--cgroups=disabled", *options,
            "--ulimit=nofile=1024:4096", "--ulimit=nproc=8192:8192", "--volume=/tmp:/tmp",
            "--workdir=" + os.getcwd(), *environment, "--rootfs", "/:O"]


def _only_version_1() -> None:
    """Where both versions of cgroups are mounted, crun refuses to start."""
    with open("/proc/self/mounts", encoding="ascii") as stream:
        found = [line.split()[1:3] for line in stream]
    if any(kind == "cgroup" for _, kind in found):
        for target in (target for target, kind in found if kind == "cgroup2"):
            libc.unmount(target)
