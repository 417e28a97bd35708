"""Processes that this session waits for although the code did not start them itself.

Where there is no PID namespace, the session is what orphans of its children go to, so that it is known
whose they are. Each that has ended counts as a process of the sandbox until it is waited for. What the
code started itself stays the code's to wait for.
"""

from __future__ import annotations

import _posixsubprocess  # noqa: F401 - before the code imports it, so that its start is noted
import errno
import os
import sys
from typing import Any, Callable

_STARTERS = (("os", "fork"), ("os", "posix_spawn"), ("os", "posix_spawnp"),
             ("_posixsubprocess", "fork_exec"), ("subprocess", "_fork_exec"))

_own: set = set()


def note_own() -> None:
    """From here on, keeps the numbers of the processes that the code starts."""
    for module_name, name in _STARTERS:
        module = sys.modules.get(module_name)
        start = getattr(module, name, None)
        if module is not None and callable(start):
            setattr(module, name, _named_as(start, _noting(start)))
    for name in ("wait", "waitpid", "wait3", "wait4"):
        wait = getattr(os, name)
        setattr(os, name, _named_as(wait, _waiting(wait, takes_pid=name in ("waitpid", "wait4"))))


def _noting(start: Callable) -> Callable:
    def noted(*values: Any, **more: Any) -> int:
        pid = start(*values, **more)
        if pid == 0:
            _own.clear()
        else:
            _own.add(pid)
        return pid

    return noted


def _waiting(wait: Callable, takes_pid: bool) -> Callable:
    """Waiting for any child means one that the code started: others are taken on the way."""

    def waited(*which: Any, **more: Any) -> tuple:
        means_any = not takes_pid or which[:1] == (-1,)
        while True:
            if means_any and not _own:
                raise ChildProcessError(errno.ECHILD, os.strerror(errno.ECHILD))
            found = wait(*which, **more)
            if found[0] == 0 or found[0] in _own or not means_any:
                _own.discard(found[0])
                return found

    return waited


def _named_as(original: Callable, replacement: Callable) -> Any:
    replacement.__name__ = replacement.__qualname__ = original.__name__
    replacement.__doc__ = original.__doc__
    return replacement


def wait_for(pids: list) -> None:
    """`pids`: children of this session that have ended, as its keeper sees them."""
    for pid in pids:
        if pid not in _own:
            try:
                os.waitpid(pid, os.WNOHANG)
            except OSError:
                pass
