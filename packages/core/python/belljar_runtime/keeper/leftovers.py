"""Processes that the code left behind: they end with the execution, and are named.

A process is kept when it is the session itself, or belongs to the session (in the sense of
`setsid`) of a command that `spawn` started. Everything else in the sandbox is left over.
"""

from __future__ import annotations

import os
import select
import time

from ..jail import libc
from ..population import Population

_ATTEMPTS = 200
# A killed process ends when the kernel gives it a processor, which a busy machine may not have.
_ENDS_WITHIN_SECONDS = 5


def end_leftovers(population: Population, session: int, commands: set) -> list:
    """Ends them and returns `(pid, command)` of each."""
    named: dict = {}
    for _ in range(_ATTEMPTS):
        # A command by its number too: it makes its session a moment after it is there.
        found = [pid for pid in population.live({session, *commands}, session)
                 if _is_left_over(pid, commands)]
        if not found:
            _reap_orphans(population, session, commands)
            return sorted(named.items())
        for pid in found:
            named.setdefault(pid, _command(pid))
        _end(population, session, found)
        _reap(found)
    # Something forks faster than it can be found: nothing but the keeper survives that.
    for pid in (*population.live(set(), session), session):
        population.kill(pid, session)
    return sorted(named.items())


def _end(population: Population, session: int, pids: list) -> None:
    """Kills them and waits until they have ended."""
    for pid in pids:
        population.kill(pid, session)
    deadline = time.monotonic() + _ENDS_WITHIN_SECONDS
    for pid in pids:
        try:
            handle = libc.pidfd_open(pid)
        except OSError:
            continue
        poll = select.poll()
        poll.register(handle, select.POLLIN)
        poll.poll(max(0.0, deadline - time.monotonic()) * 1e3)
        os.close(handle)


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


def _reap_orphans(population: Population, session: int, commands: set) -> None:
    """Takes what ended and was reparented to the keeper: each would count as a process for good.

    The session may be the keeper's child, and commands are: those are waited for by number.
    """
    try:
        if not commands:
            while True:
                ended = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
                if ended is None or ended.si_pid == session:
                    return
                os.waitpid(ended.si_pid, os.WNOHANG)
        else:
            _reap(population.ended_children(commands))
    except ChildProcessError:
        pass


def _command(pid: int) -> str:
    try:
        with open("/proc/%d/cmdline" % pid, "rb") as stream:
            text = stream.read(200).replace(b"\0", b" ").strip()
        return text.decode(errors="replace") or "?"
    except OSError:
        return "?"


def end_session_of(population: Population, leader: int, parent: int | None = None) -> None:
    """Ends a command and all that is still in its session. `parent`: whose child it is, if not ours."""
    above = leader if parent is None else parent
    for _ in range(_ATTEMPTS):
        found = [pid for pid in population.live(set(), above) if leader in (pid, _session_of(pid))]
        _end(population, above, found)
        if found in ([], [leader]):
            return
        _reap([pid for pid in found if pid != leader])


def _session_of(pid: int) -> int:
    try:
        return os.getsid(pid)
    except ProcessLookupError:
        return -1
