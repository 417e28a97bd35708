"""What the open files of processes hold: sockets' buffers, epoll's watches, files that have no name.

Where a process cannot be read, it counts as holding the most that it can.
"""

from __future__ import annotations

import os
import stat

from .process_tree import read

# net.core.wmem_default, which nobody in a sandbox can raise.
_SOCKET_BYTES = 212_992
_FREE_SOCKETS = 100
MOST_EPOLL_WATCHES = 20_000


def sockets_of_network(process: int) -> int:
    for line in read("/proc/%d/net/sockstat" % process).splitlines():
        if line.startswith("sockets:"):
            return int(line.split()[2])
    return 0


def socket_bytes_of(sockets: int) -> int:
    """What they can hold; the first hundred are free."""
    return max(0, sockets - _FREE_SOCKETS) * _SOCKET_BYTES


class OpenFiles:
    """Of several processes together, each file once."""

    def __init__(self) -> None:
        self.sockets = 0
        self.hidden: dict = {}
        """Bytes on disk of the files that have no name any more, by device and inode."""

    @property
    def hidden_bytes(self) -> int:
        return sum(self.hidden.values())


def of(processes: list) -> OpenFiles:
    found, sockets = OpenFiles(), set()
    unread = 0
    for process in processes:
        folder = "/proc/%d/fd/" % process
        try:
            names = os.listdir(folder)
        except FileNotFoundError:
            continue
        except OSError:
            unread += _number(process)
            continue
        for name in names:
            try:
                status = os.stat(folder + name)
            except OSError:
                continue
            if stat.S_ISSOCK(status.st_mode):
                sockets.add(status.st_ino)
            elif stat.S_ISREG(status.st_mode) and status.st_nlink == 0:
                found.hidden[(status.st_dev, status.st_ino)] = status.st_blocks * 512
    found.sockets = len(sockets) + unread
    return found


def hidden_maps(processes: list, below: str, known: dict) -> int:
    """How many files without a name are mapped and not open. Their sizes, the kernel tells nobody."""
    inodes = {inode for _, inode in known}
    found = set()
    for process in processes:
        for line in read("/proc/%d/maps" % process).splitlines():
            if line.endswith(" (deleted)") and below in line:
                inode = int(line.split(None, 5)[4])
                if inode not in inodes:
                    found.add(inode)
    return len(found)


def epoll_watches(processes: list) -> int:
    """How many files the epoll instances of all processes may watch together.

    The kernel counts them for each user: where sandboxes have the engine's user id, the last one
    taken ends the engine. Few open files are not looked at one by one.
    """
    numbers = {process: _number(process) for process in processes}
    if sum(number * number // 4 for number in numbers.values()) <= MOST_EPOLL_WATCHES:
        return 0
    return sum(_watches_of(process, number) for process, number in numbers.items())


def _number(process: int) -> int:
    folder = "/proc/%d/fd" % process
    try:
        return os.stat(folder).st_size or len(os.listdir(folder))  # Linux 6.2 gives it as the size
    except OSError:
        return 0


def _watches_of(process: int, number: int) -> int:
    folder = "/proc/%d/fd/" % process
    instances = 0
    try:
        for name in os.listdir(folder):
            try:
                instances += os.readlink(folder + name) == "anon_inode:[eventpoll]"
            except FileNotFoundError:
                pass
    except OSError:
        instances = number // 2  # it made itself unreadable: as many as there can be
    return instances * (number - instances)
