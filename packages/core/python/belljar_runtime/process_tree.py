"""Processes as parents and children, read in `/proc`.

Every figure is the kernel's. Processes that end while they are read count as nothing.
"""

from __future__ import annotations

import os
import signal
from typing import Callable

from .jail import libc

_ROUNDS = 1_000


def read(path: str) -> str:
    try:
        with open(path, encoding="ascii", errors="replace") as stream:
            return stream.read()
    except OSError:
        return ""


def children(process: int) -> list:
    """Children of all threads of a process, as the kernel lists them."""
    found: list = []
    try:
        threads = os.listdir("/proc/%d/task" % process)
    except OSError:
        return found
    for thread in threads:
        found += [int(word) for word in read("/proc/%d/task/%s/children" % (process, thread)).split()]
    return found


def descendants(process: int) -> list:
    """All processes below one; those whose parent died hang below the nearest subreaper by then."""
    found, waiting = [], [process]
    while waiting:
        below = children(waiting.pop())
        found += below
        waiting += below
    return found


def status_of(process: int) -> dict:
    """Fields of its status, by name."""
    lines = read("/proc/%d/status" % process).splitlines()
    return dict(line.split(":\t", 1) for line in lines if ":\t" in line)


def parent_of(process: int) -> int:
    return int(status_of(process).get("PPid", "0"))


def is_below(process: int, ancestor: int) -> bool:
    """Also when some in between have ended meanwhile: false then, and to be asked again."""
    while process > 1:
        if process == ancestor:
            return True
        process = parent_of(process)
    return False


def has_ended(process: int) -> bool:
    stat = read("/proc/%d/stat" % process)
    return not stat or stat.rpartition(") ")[2][:1] in ("Z", "X")


def tasks_of(user: int) -> int:
    """Processes and threads of a user, as RLIMIT_NPROC counts them."""
    count = 0
    for name in filter(str.isdigit, os.listdir("/proc")):
        fields = status_of(int(name))
        if fields.get("Uid", "").split()[:1] == [str(user)]:
            count += int(fields["Threads"])
    return count


def kill(process: int, is_meant: Callable[[int], bool]) -> None:
    """Kills it, and never one that got its number meanwhile."""
    try:
        handle = libc.pidfd_open(process)
    except OSError:
        return
    try:
        if is_meant(process):
            libc.pidfd_send_signal(handle, signal.SIGKILL)
    except OSError:
        pass
    finally:
        os.close(handle)


def end_all_below(ancestor: int, kept: set, reap: bool = True) -> None:
    """Ends all processes below one but those `kept` and theirs, until nothing is found any more."""
    for _ in range(_ROUNDS):
        found = [one for child in children(ancestor) if child not in kept
                 for one in (child, *descendants(child))]
        alive = [one for one in found if not has_ended(one)]
        for one in alive:
            kill(one, lambda process: is_below(process, ancestor))
        if reap:
            for one in found:
                _reap(one)
        if not alive:
            return


def _reap(process: int) -> None:
    try:
        os.waitpid(process, os.WNOHANG)
    except ChildProcessError:
        pass
