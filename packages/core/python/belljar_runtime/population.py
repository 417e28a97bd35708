"""Which processes there are in a sandbox, and ending one of them.

Invariant: nothing that is not of this sandbox is ever signalled.
"""

from __future__ import annotations

import _thread
import os
import select
import signal

from . import process_tree
from .jail import libc

# linux/threads.h: PID_MAX_LIMIT
_MOST_NUMBERS = 4 * 1024 * 1024


class Population:
    def live(self, kept: set, session: int) -> list:
        """Numbers of all live processes but the keeper and `kept`."""
        raise NotImplementedError

    def kill(self, pid: int, session: int) -> None:
        raise NotImplementedError

    def ended_children(self, kept: set) -> list:
        """Some of which may wait to be taken by the keeper."""
        raise NotImplementedError

    def adopted_by(self, session: int) -> list:
        """Children of a session that have ended and that it may have to wait for."""
        return []


class InNamespace(Population):
    """All that the keeper, process 1 of a PID namespace, can name."""

    def __init__(self) -> None:
        self._newest = 0
        self._has_gone_round = False

    def live(self, kept: set, session: int) -> list:
        """By trying where there is no `/proc`."""
        numbers = [int(name) for name in os.listdir("/proc") if name.isdigit()]
        if numbers:
            return [pid for pid in numbers if pid != 1 and pid not in kept
                    and not process_tree.has_ended(pid)]
        return [pid for pid in range(2, self._most()) if pid not in kept and _is_alive(pid)]

    def kill(self, pid: int, session: int) -> None:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass

    def ended_children(self, kept: set) -> list:
        return [pid for pid in map(int, filter(str.isdigit, os.listdir("/proc"))) if pid not in kept]

    def _most(self) -> int:
        """How far numbers go: a thread's is of the same row, and goes back to the start at its end."""
        newest = _number_of_new_thread()
        self._has_gone_round = self._has_gone_round or newest < self._newest
        self._newest = newest
        return _MOST_NUMBERS if self._has_gone_round else newest


class OnHost(Population):
    """All that is below the session or the keeper, which both are subreapers: nothing gets out."""

    def live(self, kept: set, session: int) -> list:
        ours = os.getpid()
        found = [*process_tree.descendants(session), *process_tree.descendants(ours)]
        return [pid for pid in found if pid not in kept and not process_tree.has_ended(pid)]

    def kill(self, pid: int, session: int) -> None:
        ours = os.getpid()
        process_tree.kill(pid, lambda one: process_tree.is_below(one, session)
                          or process_tree.is_below(one, ours))

    def ended_children(self, kept: set) -> list:
        return [pid for pid in process_tree.children(os.getpid()) if pid not in kept]

    def adopted_by(self, session: int) -> list:
        return [pid for pid in process_tree.children(session) if process_tree.has_ended(pid)]


def _number_of_new_thread() -> int:
    """By `_thread`: `threading` has every fork of a zygote copy 120 pages."""
    numbers: list = []
    ended = _thread.allocate_lock()
    ended.acquire()

    def run() -> None:
        numbers.append(_thread.get_native_id())
        ended.release()

    _thread.start_new_thread(run, ())
    ended.acquire()
    return numbers[0]


def _is_alive(pid: int) -> bool:
    """Of a process, not of a thread, that has not ended; without `/proc`."""
    try:
        handle = libc.pidfd_open(pid)
    except OSError:
        return False
    try:
        poll = select.poll()
        poll.register(handle, select.POLLIN)
        return not poll.poll(0)
    finally:
        os.close(handle)
