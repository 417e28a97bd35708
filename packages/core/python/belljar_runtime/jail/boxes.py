"""The writable part of a sandbox where there are no mounts: a folder on disk, its own and nobody else's.

`<run>/<id>/` holds `workspace` and `tmp`; Landlock makes these two the only places that it can write
and, beside the runtime, read. No kernel quota bounds them: `keeper/quota.py` watches. `<run>` belongs to
one engine and goes with it; each folder goes with its sandbox, removed with no more rights than that had.
"""

from __future__ import annotations

import fcntl
import os
import signal
import stat
import sys
import time
from typing import Any

from . import removal
from .identities import Block, beside, is_sandbox

_PARTS = ("workspace", "tmp")
_OWN = "zygote"
_PREFIX, _UNFINISHED, _LOCK = "belljar-run-", "belljar-new-", "lock"
_REMOVAL_ATTEMPTS, _REMOVAL_PAUSE_SECONDS = 200, 0.01


class Boxes:
    """All folders of one engine."""

    def __init__(self, run: str, users: Block | None) -> None:
        self.run, self._users = run, users

    def user(self, turn: int) -> int | None:
        """The user id of a sandbox; None where all have the engine's."""
        return None if self._users is None else self._users.of(turn)

    def own_folder(self) -> str:
        """For what the zygotes themselves write."""
        return os.path.join(self.run, _OWN)

    def writable(self, identifier: str) -> list:
        return [os.path.join(self.run, identifier, part) for part in _PARTS]

    def make(self, identifier: str, user: int | None) -> None:
        box = os.path.join(self.run, identifier)
        os.mkdir(box, 0o700)
        for part in self.writable(identifier):
            os.mkdir(part, 0o700)
            if user is not None:
                os.chown(part, user, user)
        if user is not None:
            # Its user may pass through it, and may not give that leave to others.
            os.chown(box, -1, user)
            os.chmod(box, 0o710)

    def enter(self, identifier: str) -> None:
        """Makes it what this process and those that it starts take for theirs."""
        workspace, temporary = self.writable(identifier)
        os.chdir(workspace)
        os.umask(0o022)
        point_to(temporary)

    def remove(self, identifier: str) -> None:
        """Ends what is left of a sandbox's user, and removes the folder of the sandbox."""
        box = os.path.join(self.run, identifier)
        folder = os.open(box, os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW)
        child = os.fork()
        if child == 0:
            try:
                if self._users is not None:
                    _end_all_of(os.stat(_PARTS[0], dir_fd=folder).st_uid)
                _empty(folder)
            finally:
                os._exit(0)
        os.waitpid(child, 0)
        for part in _PARTS:
            os.rmdir(part, dir_fd=folder)
        os.rmdir(box)

    def remove_all(self) -> None:
        """At the engine's end, when its processes have ended."""
        names = os.listdir(self.run) if os.path.isdir(self.run) else []
        for name in names:
            if os.path.isdir(os.path.join(self.run, name)) and name != _OWN:
                try:
                    self.remove(name)
                except OSError:
                    pass
        # Here alone: it imports much, of which every birth would bear the cost.
        import shutil

        shutil.rmtree(self.run, ignore_errors=True)


def point_to(temporary: str) -> None:
    os.environ.update({"HOME": temporary, "TMPDIR": temporary,
                       "MPLCONFIGDIR": os.path.join(temporary, ".matplotlib")})
    tempfile: Any = sys.modules.get("tempfile")
    if tempfile is not None:
        tempfile.tempdir = None


def _end_all_of(user: int) -> None:
    """In a process with that user's rights, which none of them can signal.

    The kernel takes all of them at once, and no fork is in between: none can fork itself away.
    """
    if not is_sandbox(user):
        raise OSError(1, "%d is no sandbox's user id" % user)
    apart = beside(user)
    os.setgroups([])
    os.setresgid(apart, user, apart)
    os.setresuid(apart, user, apart)
    os.kill(-1, signal.SIGKILL)


def _empty(box: int) -> None:
    """Until nothing is left: what still runs may write while it is being ended."""
    for _ in range(_REMOVAL_ATTEMPTS):
        if not any([_empty_part(part, box) for part in _PARTS]):
            return
        time.sleep(_REMOVAL_PAUSE_SECONDS)


def _empty_part(part: str, box: int) -> bool:
    """True when there was something, or still is."""
    try:
        folder = removal.open_fully(part.encode(), box)
    except OSError:
        return False
    try:
        names = os.listdir(folder)
        for name in names:
            removal.remove_tree(os.fsencode(name), folder)
        return bool(names)
    except OSError:
        return True
    finally:
        os.close(folder)


def make_run(temporary: str, users: Block | None) -> Boxes:
    """Makes the folder of an engine, and removes those of engines that were killed with their wardens."""
    shared = users is not None
    for base in (temporary, "/tmp", "/var/tmp"):
        if os.path.isdir(base) and (not shared or is_open_to_all(base)):
            break
    else:
        raise OSError(13, "no folder for temporary files that another user id can reach")
    _sweep(base, users)
    made = os.path.join(os.path.realpath(base), _UNFINISHED + os.urandom(8).hex())
    os.mkdir(made, 0o700)
    lock = os.open(os.path.join(made, _LOCK), os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    fcntl.flock(lock, fcntl.LOCK_EX)  # kept open, and so held, by the wardens and zygotes
    os.mkdir(os.path.join(made, _OWN), 0o700)
    os.chmod(made, 0o711 if shared else 0o700)
    run = made.replace(_UNFINISHED, _PREFIX)
    os.rename(made, run)  # under this name others look whether it is locked
    return Boxes(run, users)


def is_open_to_all(folder: str) -> bool:
    """Whether anybody may pass through it and through all that is above it."""
    path = os.path.realpath(folder)
    while True:
        if not os.stat(path).st_mode & stat.S_IXOTH:
            return False
        if path == "/":
            return True
        path = os.path.dirname(path)


def _sweep(base: str, users: Block | None) -> None:
    for name in os.listdir(base):
        if not name.startswith(_PREFIX):
            continue
        run = os.path.join(base, name)
        try:
            if os.lstat(run).st_uid != os.geteuid() or not os.path.isdir(run):
                continue
            lock = os.open(os.path.join(run, _LOCK), os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
        except OSError:
            continue
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            Boxes(run, users).remove_all()
        except OSError:
            pass
        finally:
            os.close(lock)
