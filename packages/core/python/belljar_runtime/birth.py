"""From a fork of a zygote to a process in a sandbox: what both levels share.

A level is one ordered list of steps each for a keeper, a session and a command: `birth_namespaces.py`
and `birth_confined.py`. All or nothing: a step that fails ends the process before any code of a caller
ran. The only layers that may be missing are those that `report` names, and the result of every
execution repeats them.
"""

from __future__ import annotations

import _signal as signal
import _socket
import os
from typing import Any

from . import frames
from .jail import capabilities, landlock, libc, seccomp
from .population import Population
from .program import Program
from .quota import Quota

ENGINE = 6
"""Descriptor of the zygotes: a handle of the engine's socket, which has no name."""

HANDLES = 6
"""Namespaces by which a session enters a sandbox, where there are any."""


class Facilities:
    """What this machine can enforce, found once by the zygote, and what was built from it."""

    level = ""
    sessions_end_with_keeper = False
    """The kernel sees to it; otherwise the zygote does."""

    def __init__(self, without: list, program: Program | None) -> None:
        self.program = program
        """What sessions run; None where they are forks of Python."""
        self.landlock = landlock_version(without)
        self.filter = seccomp.build(libc.MACHINE)
        self.held_bytes = 0
        """Memory of this process's libraries, measured before it gets a sandbox's /proc, or none."""

    def report(self) -> dict:
        """`layers` in force, those `missing`, and the promises that do not hold in full."""
        layers, missing = self._layers()
        layers += ["no-capabilities", "no-new-privileges", "seccomp", "rlimits", "lifeline"]
        if self.landlock >= 1:
            layers.append("landlock")
        else:
            missing.append({"layer": "landlock", "reason": "this kernel has no Landlock"})
        if self.landlock >= landlock.SCOPES:
            layers.append("landlock-signals")
        else:
            missing.append({"layer": "landlock-signals", "reason": "needs Linux 6.12"})
        return {"level": self.level, "layers": layers, "missing": missing,
                "weakened": self._weakened()}

    def _layers(self) -> tuple:
        raise NotImplementedError

    def _weakened(self) -> list:
        return []

    def enter_zygote(self) -> None:
        """First of all in each zygote."""

    def children(self) -> Any:
        """How a zygote forks: its like (`fork`), keepers (`fork_into_new`), sessions (`fork_into`)."""
        raise NotImplementedError

    def child_ended(self, pid: int) -> None:
        """In a zygote that has waited for a child, before anybody else hears of it."""

    def pid_namespace(self) -> list:
        """A keeper's, as a descriptor that its session is forked by; none where there is none."""
        raise NotImplementedError

    def population(self) -> Population:
        """For a keeper: which processes there are in its sandbox."""
        raise NotImplementedError

    def quota(self, limits: dict) -> Quota:
        """For a keeper: what watches over its workspace, where the kernel does not."""
        return Quota()

    def surroundings(self) -> tuple:
        """Of a session: what `session.adapt` is told."""
        return {}, False

    def before_birth(self, request: dict) -> None:
        """In the zygote, before it forks a keeper."""

    def after_end(self, identifier: str) -> None:
        """In the zygote, when a keeper has ended."""

    def confine_keeper(self, request: dict) -> list:
        """Makes a sandbox round this process. Returns handles by which its sessions enter it."""
        raise NotImplementedError

    def confine_session(self, request: dict, handles: list) -> None:
        """Moves this process, a zygote's fork, into the sandbox."""
        raise NotImplementedError

    def confine_command(self, limits: dict) -> None:
        """What hostile code has on top of the keeper's layers, which a command has from its fork."""
        raise NotImplementedError


def landlock_version(without: list) -> int:
    """The kernel's, or less: `landlock-6` in `without` takes away version 6 and those after it."""
    taken = [int(name.partition("-")[2]) - 1 for name in without if name.startswith("landlock-")]
    return min([landlock.abi(), *taken])


def choose_cpus(request: dict) -> list:
    """As many of this process's CPUs as the limit says; sandboxes take turns at them. None: all."""
    available = os.sched_getaffinity(0)
    count, turn = request["limits"]["cpus"], request["identity"]
    if count >= len(available):
        return []
    ordered = sorted(available)
    return sorted({ordered[(turn + step) % len(ordered)] for step in range(count)})


def take_cpus(chosen: list) -> None:
    if chosen:
        os.sched_setaffinity(0, chosen)


def connect() -> _socket.socket:
    """The channel to the engine, made before a keeper is confined. No sandbox has the handle."""
    link = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
    link.connect("/proc/self/fd/%d" % ENGINE)
    return link


def failure_frame(request: dict, error: BaseException) -> bytes:
    text = "%s: %s" % (type(error).__name__, error)
    return frames.encode({"t": "failed", "id": request["id"], "token": request["token"],
                          "message": text})


def forget_signal_handlers() -> None:
    """Process 1 ignores every signal that it has no handler for; Python's own are removed."""
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGCHLD, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)


def take_identity(identity: int | None) -> None:
    if identity:
        os.setresgid(identity, identity, identity)
        os.setresuid(identity, identity, identity)
    # A change of user id makes the process's own /proc files the superuser's: undo that.
    libc.prctl(libc.PR_SET_DUMPABLE, 1)


def give_up_capabilities() -> None:
    capabilities.forbid_new_privileges()
    capabilities.drop_all()
