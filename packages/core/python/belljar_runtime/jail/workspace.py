"""The writable part of a sandbox: one tmpfs with a quota of bytes and of files.

Invariant: a sandbox can write below `/workspace`, `/tmp` and `/dev/shm` and nowhere else, and all
three together hold no more than the quota: the kernel answers ENOSPC. It dies with its namespace.
"""

from __future__ import annotations

import os

from . import libc, root

_STAGING = "/mnt/sandbox"
_PARTS = ((root.WORKSPACE, _STAGING + "/workspace"), (root.TEMPORARY, _STAGING + "/tmp"),
          (root.SHARED_MEMORY, _STAGING + "/shm"))
_FLAGS = libc.MS_NOSUID | libc.MS_NODEV

WRITABLE = [root.WORKSPACE, root.TEMPORARY, root.SHARED_MEMORY]
# Not /dev/zero: mapped for writing, it is shared memory that nothing counts.
DEVICES = ["/dev/null", "/dev/full", "/dev/random", "/dev/urandom"]


def mount(limits: dict, identity: int, own_proc: bool) -> None:
    """Mounts the writable part, and a `/proc` of the sandbox's processes or none."""
    libc.mount("none", "/", None, libc.MS_REC | libc.MS_PRIVATE)
    # The folders themselves take inodes too: the root of the tmpfs and its three parts.
    options = "mode=755,size=%d,nr_inodes=%d" % (
        limits["workspaceBytes"], limits["workspaceFiles"] + 1 + len(_PARTS)
    )
    libc.mount("tmpfs", _STAGING, "tmpfs", _FLAGS, options)
    for target, source in _PARTS:
        os.mkdir(source, 0o700)
        if identity != 0:
            os.chown(source, identity, identity)
        libc.mount(source, target, None, libc.MS_BIND)
    # Covered and not unmounted: the kernel waits for all processors before an unmount is done.
    _cover(_STAGING)
    if own_proc:
        flags = libc.MS_NOSUID | libc.MS_NODEV | libc.MS_NOEXEC
        libc.mount("proc", "/proc", "proc", flags, "subset=pid")
    else:
        _cover("/proc")


def _cover(folder: str) -> None:
    flags = _FLAGS | libc.MS_RDONLY | libc.MS_NOEXEC
    libc.mount("tmpfs", folder, "tmpfs", flags, "mode=555,size=4k,nr_inodes=1")
