"""The workspace's quota where no kernel keeps it: looked at while code runs, and kept for the engine.

Code may exceed it between two looks: by what it writes in that time, and in one file by no more than
the file-size limit, which the kernel keeps. Files that have no name any more are the warden's to count.
"""

from __future__ import annotations

import errno
import os
import stat
import time

from .jail.removal import FOLDER, let_owner_in

_LOOK_SECONDS = 0.05
# Looking takes at most a tenth of the keeper's time.
_LOOK_COST = 10


class Quota:
    """Kept by the kernel: nothing to do."""

    def begin(self) -> None:
        """Something of the code's starts to run."""

    def seconds_left(self) -> float:
        return float("inf")

    def exceeded(self, now: bool = False) -> dict | None:
        """The limit that is, with its value; looks when it is time to, or `now`."""
        return None

    def take(self, size: int) -> None:
        """Refuses what the engine is about to write, when there is no room for it."""


class WatchedQuota(Quota):
    def __init__(self, limits: dict, folders: list) -> None:
        self._most = (int(limits["workspaceBytes"]), int(limits["workspaceFiles"]))
        self._folders = folders
        self._known: tuple | None = None
        self._allowed = self._most
        self._next = 0.0

    def begin(self) -> None:
        """What is too much already is no fault of this one: it may remove it."""
        used = self._used()
        self._allowed = (max(self._most[0], used[0]), max(self._most[1], used[1]))
        self._known = None
        self._next = time.monotonic() + _LOOK_SECONDS

    def seconds_left(self) -> float:
        return max(0.0, self._next - time.monotonic())

    def exceeded(self, now: bool = False) -> dict | None:
        if not now and self.seconds_left() > 0:
            return None
        started = time.monotonic()
        used = measure(self._folders, *self._allowed)
        ended = time.monotonic()
        self._next = ended + max(_LOOK_SECONDS, _LOOK_COST * (ended - started))
        if used[0] > self._allowed[0]:
            return {"limit": "workspaceBytes", "value": used[0]}
        if used[1] > self._allowed[1]:
            return {"limit": "workspaceFiles", "value": used[1]}
        return None

    def take(self, size: int) -> None:
        used = self._used()
        if not self._has_room(used, size):
            self._known = None  # it may be an old one that is replaced
            used = self._used()
        if not self._has_room(used, size):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        self._known = (used[0] + size, used[1] + 1)

    def _has_room(self, used: tuple, size: int) -> bool:
        return used[0] + size <= self._most[0] and used[1] + 1 <= self._most[1]

    def _used(self) -> tuple:
        """As of now, when nothing of the code's has run since it was known."""
        if self._known is None:
            self._known = measure(self._folders, float("inf"), float("inf"))
        return self._known


def measure(folders: list, most_bytes: float, most_files: float) -> tuple:
    """Bytes on disk and number of entries below folders. Stops when there are too many.

    A folder that cannot be looked into counts as more than there may be.
    """
    total, count = 0, 0
    linked: set = set()
    waiting: list = [os.open(folder, FOLDER) for folder in folders]
    try:
        while waiting:
            folder = waiting.pop()
            try:
                for name in os.listdir(folder):
                    count += 1
                    if count > most_files or total > most_bytes:
                        return total, count
                    status = _status(name, folder)
                    if status is None:
                        continue
                    if stat.S_ISDIR(status.st_mode):
                        waiting.append(_open(name, folder))
                    elif status.st_nlink > 1:
                        if status.st_ino in linked:
                            continue
                        linked.add(status.st_ino)
                    total += status.st_blocks * 512
            except FileNotFoundError:
                pass
            finally:
                os.close(folder)
    except OSError:
        return total, max(count, int(most_files) + 1 if most_files < float("inf") else count)
    finally:
        for folder in waiting:
            os.close(folder)
    return total, count


def _status(name: str, folder: int) -> os.stat_result | None:
    try:
        return os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return None


def _open(name: str, parent: int) -> int:
    """Also what the code shut, whose mode is its own again afterwards."""
    try:
        return os.open(name, FOLDER, dir_fd=parent)
    except PermissionError:
        mode = stat.S_IMODE(os.stat(name, dir_fd=parent, follow_symlinks=False).st_mode)
        let_owner_in(os.fsencode(name), parent)
        folder = os.open(name, FOLDER, dir_fd=parent)
        os.fchmod(folder, mode)
        return folder
