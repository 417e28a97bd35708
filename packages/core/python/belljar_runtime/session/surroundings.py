"""What a session is told of where it runs, when it shares the host's files and user id.

There the filter refuses to change a file's mode, owner or times, since it cannot tell whose file it is.
Libraries that copy and unpack do so all the time: so Python's own functions give a file its mode by
writing it anew, and leave times as they are.
"""

from __future__ import annotations

import os
import stat
from typing import Any, Callable

from . import adopted
from .beginning import beginning
from .errors import show_as

_COPIED_BYTES = 1024 * 1024
_chmod, _utime = os.chmod, os.utime
_own_folders: list = []


def adapt(shown_paths: dict, without_modes: bool) -> None:
    """`shown_paths`: folders of the host that tracebacks call by another name."""
    if shown_paths:
        adopted.note_own()
        beginning.note_surroundings()
    for path, name in shown_paths.items():
        show_as(path, name)
    if without_modes:
        _own_folders.extend(path + os.sep for path in shown_paths)
        _replace("chmod", _change_mode)
        _replace("utime", _change_times)


def _replace(name: str, function: Callable) -> None:
    original = getattr(os, name)
    function.__name__ = function.__qualname__ = name
    function.__doc__ = original.__doc__
    for kinds in (os.supports_dir_fd, os.supports_fd, os.supports_follow_symlinks):
        if original in kinds:
            kinds.add(function)
    setattr(os, name, function)


def _change_times(path: Any, *values: Any, **more: Any) -> None:
    try:
        _utime(path, *values, **more)
    except PermissionError:
        if not _is_own(path, **more):
            raise


def _change_mode(path: Any, mode: int, **more: Any) -> None:
    try:
        _chmod(path, mode, **more)
    except PermissionError:
        if not _is_own(path, **more) or not _is_as_if(os.path.realpath(path), mode):
            raise


def _is_own(path: Any, dir_fd: Any = None, follow_symlinks: bool = True, **_: Any) -> bool:
    if isinstance(path, int) or dir_fd is not None or not follow_symlinks:
        return False
    return os.fsdecode(os.path.realpath(path)).startswith(tuple(_own_folders))


def _is_as_if(path: Any, mode: int) -> bool:
    """Whether it now has that mode, as far as its owner can tell. A folder keeps the one it has."""
    status = os.stat(path)
    if (mode ^ status.st_mode) & stat.S_IRWXU == 0:
        return True
    if not stat.S_ISREG(status.st_mode):
        return False
    temporary = os.path.join(os.path.dirname(os.fsencode(path)),
                             b"." + os.urandom(8).hex().encode())
    with open(path, "rb") as source:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        with open(os.open(temporary, flags, stat.S_IMODE(mode)), "wb") as copy:
            while True:
                chunk = source.read(_COPIED_BYTES)
                if not chunk:
                    break
                copy.write(chunk)
    os.replace(temporary, path)
    return True
