"""Processes that the code left behind: they end with the execution, and are named.

A process is kept when it is the session itself, or belongs to the session (in the sense of
`setsid`) of a command that `spawn` started. Everything else in the PID namespace is left over.
"""

from __future__ import annotations

import _thread
import os
import select
import signal
import time

from ..jail import libc

_ATTEMPTS = 200
# A killed process ends when the kernel gives it a processor, which a busy machine may not have.
_ENDS_WITHIN_SECONDS = 5
# linux/threads.h: PID_MAX_LIMIT
_MOST_NUMBERS = 4 * 1024 * 1024


def end_leftovers(session: int, commands: set) -> list:
    """Ends them and returns `(pid, command)` of each."""
    named: dict = {}
    for _ in range(_ATTEMPTS):
        # A command by its number too: it makes its session a moment after it is there.
        found = [pid for pid in _numbers({1, session, *commands}) if _is_left_over(pid, commands)]
        if not found:
            _reap_orphans(commands)
            return sorted(named.items())
        for pid in found:
            named.setdefault(pid, _command(pid))
        _end(found)
        _reap(found)
    # Something forks faster than it can be found: nothing but the keeper survives that.
    for pid in _numbers({1}):
        _kill(pid)
    return sorted(named.items())


def _end(pids: list) -> None:
    """Kills them and waits until they have ended."""
    for pid in pids:
        _kill(pid)
    deadline = time.monotonic() + _ENDS_WITHIN_SECONDS
    for pid in pids:
        try:
            handle = os.pidfd_open(pid)
        except OSError:
            continue
        _ends(handle, max(0.0, deadline - time.monotonic()))
        os.close(handle)


def _ends(handle: int, within_seconds: float) -> bool:
    poll = select.poll()
    poll.register(handle, select.POLLIN)
    return bool(poll.poll(within_seconds * 1e3))


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


def _is_left_over(pid: int, commands: set) -> bool:
    try:
        return os.getsid(pid) not in commands
    except ProcessLookupError:
        return False


def _reap(pids: list) -> None:
    """Takes what was reparented to the keeper; children of others are their parents'."""
    for pid in pids:
        try:
            os.waitpid(pid, os.WNOHANG)
        except ChildProcessError:
            pass


def _reap_orphans(commands: set) -> None:
    """Takes what ended and was reparented to the keeper: each would count as a process for good.

    The session is the zygote's child; commands, which are the keeper's, are waited for by number.
    """
    try:
        if not commands:
            while os.waitpid(-1, os.WNOHANG)[0] != 0:
                pass
        else:
            _reap([pid for pid in map(int, filter(str.isdigit, os.listdir("/proc")))
                   if pid not in commands])
    except ChildProcessError:
        pass


def _numbers(kept: set) -> list:
    """Numbers of all live processes here but `kept`; by trying where this sandbox has no `/proc`."""
    numbers = [int(name) for name in os.listdir("/proc") if name.isdigit()]
    if numbers:
        return [pid for pid in numbers if pid not in kept and not _is_zombie(pid)]
    return [pid for pid in range(2, _tried.most()) if pid not in kept and _is_alive(pid)]


class _Tried:
    """How far numbers go: a thread's comes from the same row, and goes back to the start at its end."""

    def __init__(self) -> None:
        self._newest = 0
        self._has_gone_round = False

    def most(self) -> int:
        newest = _number_of_new_thread()
        self._has_gone_round = self._has_gone_round or newest < self._newest
        self._newest = newest
        return _MOST_NUMBERS if self._has_gone_round else newest


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


_tried = _Tried()


def _is_alive(pid: int) -> bool:
    """Of a process, not of a thread, that has not ended; without `/proc`."""
    try:
        handle = libc.pidfd_open(pid)
    except OSError:
        return False
    try:
        return not _ends(handle, 0)
    finally:
        os.close(handle)


def _is_zombie(pid: int) -> bool:
    try:
        with open("/proc/%d/stat" % pid, "rb") as stream:
            return stream.read().rpartition(b") ")[2][:1] in (b"Z", b"X")
    except OSError:
        return True


def _command(pid: int) -> str:
    try:
        with open("/proc/%d/cmdline" % pid, "rb") as stream:
            text = stream.read(200).replace(b"\0", b" ").strip()
        return text.decode(errors="replace") or "?"
    except OSError:
        return "?"


def end_session_of(leader: int) -> None:
    """Ends a command and all that is still in its session."""
    for _ in range(_ATTEMPTS):
        found = [pid for pid in _numbers({1}) if leader in (pid, _session_of(pid))]
        _end(found)
        if found in ([], [leader]):
            return
        _reap([pid for pid in found if pid != leader])


def _session_of(pid: int) -> int:
    try:
        return os.getsid(pid)
    except ProcessLookupError:
        return -1
