"""Processes that the code left behind: they end with the execution, and are named.

A process is kept when it is the session itself, or belongs to the session (in the sense of
`setsid`) of a command that `spawn` started. Everything else in the PID namespace is left over.
"""

from __future__ import annotations

import os
import signal

_ATTEMPTS = 200


def end_leftovers(session: int, commands: set) -> list:
    """Ends them and returns `(pid, command)` of each."""
    named: dict = {}
    for _ in range(_ATTEMPTS):
        found = [pid for pid in _numbers() if _is_left_over(pid, session, commands)]
        if not found:
            _reap_orphans({session, *commands})
            return sorted(named.items())
        for pid in found:
            named.setdefault(pid, _command(pid))
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        _reap(found)
    # Something forks faster than it can be found: nothing but the keeper survives that.
    for pid in _numbers():
        os.kill(pid, signal.SIGKILL)
    return sorted(named.items())


def _is_left_over(pid: int, session: int, commands: set) -> bool:
    if pid in (1, session):
        return False
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


def _reap_orphans(kept: set) -> None:
    """Takes what ended and was reparented to the keeper: each would count as a process for good."""
    _reap([int(name) for name in os.listdir("/proc") if name.isdigit() and int(name) not in kept])


def _numbers() -> list:
    """Numbers of all live processes here; by trying where this sandbox has no `/proc`."""
    names = [name for name in os.listdir("/proc") if name.isdigit()]
    if names:
        return [int(name) for name in names if not _is_zombie(name)]
    return [pid for pid in range(2, 4096) if _exists(pid)]


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _is_zombie(name: str) -> bool:
    try:
        with open("/proc/%s/stat" % name, "rb") as stream:
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
        found = [pid for pid in _numbers() if pid != 1 and _session_of(pid) == leader]
        for pid in found:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        if found in ([], [leader]):
            return
        _reap([pid for pid in found if pid != leader])


def _session_of(pid: int) -> int:
    try:
        return os.getsid(pid)
    except ProcessLookupError:
        return -1
