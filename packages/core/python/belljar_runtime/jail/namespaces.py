"""Namespaces: what a process can name at all.

Two sets. The zygote has one of its own (user, mount, PID, network, IPC, UTS). A sandbox has
another inside it. Its PID and mount namespaces belong to the zygote's user namespace, not to its
own: a sandbox that gained every capability in its own user namespace still could not mount.
"""

from __future__ import annotations

import os
import socket

from . import libc

ZYGOTE = (
    libc.CLONE_NEWUSER | libc.CLONE_NEWNS | libc.CLONE_NEWPID | libc.CLONE_NEWNET
    | libc.CLONE_NEWIPC | libc.CLONE_NEWUTS | libc.CLONE_NEWCGROUP
)
SANDBOX = (
    libc.CLONE_NEWUSER | libc.CLONE_NEWNET | libc.CLONE_NEWIPC | libc.CLONE_NEWUTS
    | libc.CLONE_NEWCGROUP
)

# Ids that a zygote started by root may give to its sandboxes. Above what systemd hands out
# (its container range ends at 1,879,048,191), below 2^31.
ROOT_RANGE_FIRST, ROOT_RANGE_BLOCKS, BLOCK_SIZE = 1_900_000_000, 3_000, 65_536

SANDBOX_ID = 1000
"""The user and group id that code in a sandbox sees as its own."""


def write_identity_maps(process: int, users: str, groups: str) -> None:
    """Writes the maps of a process, given as a handle of its folder in `/proc`.

    A user namespace is of no use before that: not even a mount can be made in it.
    """
    for name, content in (("setgroups", "deny"), ("uid_map", users), ("gid_map", groups)):
        descriptor = os.open(name, os.O_WRONLY | os.O_CLOEXEC, dir_fd=process)
        try:
            os.write(descriptor, content.encode())
        finally:
            os.close(descriptor)


def open_handles(process: int) -> list:
    """Handles of a sandbox's namespaces in the order in which a session enters them.

    Not the PID namespace's: that is entered by the zygote, for the child that it forks next.
    """
    return [os.open("ns/" + kind, os.O_RDONLY | os.O_CLOEXEC, dir_fd=process)
            for kind in ("mnt", "user", "net", "ipc", "uts", "cgroup")]


def limits_refused() -> str | None:
    """Why no limit of further namespaces can be set, or None: containers make them read-only."""
    try:
        os.close(os.open("/proc/sys/user/max_user_namespaces", os.O_WRONLY | os.O_CLOEXEC))
    except OSError as error:
        return error.strerror
    return None


def name_host() -> str | None:
    """Names this UTS namespace, of which sandboxes get copies. Why that fails, or None."""
    try:
        socket.sethostname("sandbox")
    except OSError as error:
        return error.strerror
    return None


def zygote_identity_map(outer: int, block: int | None) -> str:
    """Id 0 inside is the caller. Started by root, a block of unprivileged ids comes with it."""
    own = "0 %d 1" % outer
    if block is None:
        return own
    return "%s\n1 %d %d" % (own, ROOT_RANGE_FIRST + block * BLOCK_SIZE, BLOCK_SIZE)


class ChildrenElsewhere:
    """Lets a zygote fork children into other PID namespaces than its own.

    `unshare` and `setns` move the next child only; `setns` to the own namespace takes it back. This
    saves a second fork, whose cost is the copy of a loaded interpreter's page tables.
    """

    def __init__(self) -> None:
        self._own = os.open("/proc/self/ns/pid", os.O_RDONLY | os.O_CLOEXEC)

    def fork(self) -> int:
        """The child is in the zygote's own."""
        return os.fork()

    def fork_into_new(self) -> int:
        """The child is process 1 of a PID namespace of its own."""
        libc.unshare(libc.CLONE_NEWPID)
        return self._fork()

    def fork_into(self, handle: int) -> int:
        """The child is in the PID namespace of `handle`."""
        libc.setns(handle, libc.CLONE_NEWPID)
        return self._fork()

    def _fork(self) -> int:
        try:
            child = os.fork()
        except OSError:
            libc.setns(self._own, libc.CLONE_NEWPID)
            raise
        if child != 0:
            libc.setns(self._own, libc.CLONE_NEWPID)
        return child
