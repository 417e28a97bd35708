"""Runs small pieces of our own in a zygote, as a session will run a caller's.

CPython specialises code that has run some times, and fills caches, in memory that a fork must copy
before it writes to it. Done once before the forks, it is done for all of them.
"""

from __future__ import annotations

import linecache
import os
import sys
from typing import TYPE_CHECKING

from .execute import Executor
from .namespace import Namespace
from .source import file_name

if TYPE_CHECKING:
    from .loop import Session

# More often than any CPython so far waits before it specialises.
_TIMES = 20
_PIECES = ("pass", "x = 1", "x += 1", "x", "import sys\nprint(x)")


def rehearse(session: Session) -> None:
    """Leaves nothing in the session: the names are another's, the streams are put back."""
    executor = Executor(session, Namespace())
    session.forks.begin()
    streams = sys.stdin, sys.stdout, sys.stderr
    silent = os.open("/dev/null", os.O_WRONLY | os.O_CLOEXEC)
    kept = [os.dup(1), os.dup(2)]
    try:
        for descriptor in (1, 2):
            os.dup2(silent, descriptor)
        session.streams.attach()
        for _ in range(_TIMES):
            for piece in _PIECES:
                executor.execute(piece, 0)
    finally:
        session.streams.detach()
        session.interrupts.uninstall()
        sys.stdin, sys.stdout, sys.stderr = streams
        for descriptor, original in zip((1, 2), kept):
            os.dup2(original, descriptor)
            os.close(original)
        os.close(silent)
        linecache.cache.pop(file_name(0), None)
