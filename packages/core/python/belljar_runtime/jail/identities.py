"""User ids for sandboxes where they share the host's: a block for each engine, one id for each sandbox.

Invariant: no two engines of a machine use the same ids at one time, and no process that is there
already has one of them.
"""

from __future__ import annotations

import os
import pwd
import socket

from .namespaces import BLOCK_SIZE, ROOT_RANGE_BLOCKS, ROOT_RANGE_FIRST

# Where a container maps only 65,536 ids: above what systems give to people, below `nobody`.
_SMALL_FIRST, _SMALL_BLOCKS, _SMALL_SIZE = 20_000, 8, 4_096
_ATTEMPTS = 64


class Block:
    """Two ids for each sandbox: its own, and one beside it that nothing of it has."""

    def __init__(self, first: int, size: int, lock: socket.socket) -> None:
        self._first, self._sandboxes, self._lock = first, size // 2, lock

    def of(self, turn: int) -> int:
        return self._first + 2 * (turn % self._sandboxes)


def beside(user: int) -> int:
    """For a process that may signal those of a sandbox's user, and that they may not signal."""
    return user + 1


def is_sandbox(user: int) -> bool:
    return user >= _SMALL_FIRST


def reserve() -> Block:
    """Takes a block that nobody has. An abstract socket's name holds it, and goes with its process."""
    mapped = _is_mapped(ROOT_RANGE_FIRST + ROOT_RANGE_BLOCKS * BLOCK_SIZE)
    lowest, blocks, size = (
        (ROOT_RANGE_FIRST, ROOT_RANGE_BLOCKS, BLOCK_SIZE) if mapped
        else (_SMALL_FIRST, _SMALL_BLOCKS, _SMALL_SIZE)
    )
    if not _is_mapped(lowest + blocks * size):
        raise OSError(22, "this user namespace maps too few user ids")
    for _ in range(_ATTEMPTS):
        first = lowest + int.from_bytes(os.urandom(4), "little") % blocks * size
        lock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        try:
            lock.bind("\0belljar-users-%d" % first)
        except OSError:
            lock.close()
            continue
        if not _is_used(first, size):
            return Block(first, size, lock)
        lock.close()
    raise OSError(11, "no block of user ids is free")


def _is_mapped(last: int) -> bool:
    for name in ("uid_map", "gid_map"):
        with open("/proc/self/" + name, encoding="ascii") as stream:
            extents = [[int(word) for word in line.split()] for line in stream]
        if not any(inside <= last < inside + count for inside, _, count in extents):
            return False
    return True


def _is_used(first: int, size: int) -> bool:
    if any(first <= user.pw_uid < first + size for user in pwd.getpwall()):
        return True
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            if first <= os.stat("/proc/" + name).st_uid < first + size:
                return True
        except OSError:
            pass
    return False
