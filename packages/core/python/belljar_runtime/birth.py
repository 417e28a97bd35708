"""From a fork of a zygote to a process in a sandbox: every layer, in one ordered list each.

`confine_keeper` makes a sandbox: its namespaces, its root, its quota. `confine_session` and
`confine_command` put hostile code into it. All or nothing: a step that fails ends the process before
any code of a caller ran. The only layers that may be missing are those that `report` names, and the
result of every execution repeats them.
"""

from __future__ import annotations

import _signal as signal
import _socket
import os

from . import frames
from .jail import capabilities, landlock, namespaces, rlimits, root, seccomp, workspace
from .jail import libc


ENGINE = 6
"""Descriptor of the zygotes: a handle of the engine's socket, which has no name."""

HANDLES = 6
"""Namespaces that `confine_keeper` returns and `confine_session` enters."""


class Facilities:
    """What this machine can enforce, found once by the zygote, and what was built from it."""

    def __init__(self, missing_proc: str | None, block: int | None) -> None:
        self.missing_proc = missing_proc
        self.started_by_root = block is not None
        self.landlock = landlock.abi()
        self.filter = seccomp.build(libc.MACHINE)
        self.unlimited = namespaces.limits_refused()
        self.host_named = namespaces.name_host()
        self.held_bytes = 0
        """Memory of this process's libraries, measured before it gets a sandbox's /proc, or none."""

    def report(self) -> tuple:
        layers = ["user-namespace", "mount-namespace", "pid-namespace", "network-namespace",
                  "ipc-namespace", "uts-namespace", "read-only-root", "workspace-quota",
                  "no-capabilities", "no-new-privileges", "seccomp", "rlimits", "lifeline"]
        missing = []
        if self.started_by_root:
            layers.append("own-user-id")
        if self.missing_proc is None:
            layers.append("proc")
        else:
            missing.append({"layer": "proc", "reason": self.missing_proc})
        for layer, refused in (("namespace-limits", self.unlimited), ("hostname", self.host_named)):
            if refused is None:
                layers.append(layer)
            else:
                missing.append({"layer": layer, "reason": "this host forbids it (%s)" % refused})
        if self.landlock >= 1:
            layers.append("landlock")
        else:
            missing.append({"layer": "landlock", "reason": "this kernel has no Landlock"})
        if self.landlock >= 6:
            layers.append("landlock-signals")
        else:
            missing.append({"layer": "landlock-signals", "reason": "needs Linux 6.12"})
        return layers, missing

    def identity(self, request: dict) -> int:
        """The sandbox's user id in the zygote's namespace."""
        return int(request["identity"]) if self.started_by_root else 0


def choose_cpus(request: dict) -> list:
    """As many of this process's CPUs as the limit says; sandboxes take turns at them."""
    available = sorted(os.sched_getaffinity(0))
    count, turn = request["limits"]["cpus"], request["identity"]
    return sorted({available[(turn + step) % len(available)]
                   for step in range(min(count, len(available)))})


def connect() -> _socket.socket:
    """The channel to the engine. No sandbox has the handle."""
    link = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
    link.connect("/proc/self/fd/%d" % ENGINE)
    return link


def confine_keeper(request: dict, facilities: Facilities) -> list:
    """Makes a sandbox round this process, process 1 of its PID namespace, for ever.

    Returns handles of its namespaces: a session enters them with the zygote's rights over them.
    """
    limits = request["limits"]
    identity = facilities.identity(request)
    facilities.held_bytes = rlimits.held_bytes()
    forget_signal_handlers()
    # Both are of no use once the sandbox's own /proc, or nothing, is in their place.
    own = os.open("/proc/self", os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    user_limits = _open_user_limits() if facilities.unlimited is None else None
    libc.unshare(libc.CLONE_NEWNS)
    workspace.mount(limits, identity, facilities.missing_proc is None)
    os.sched_setaffinity(0, choose_cpus(request))
    _take_identity(identity)
    libc.unshare(namespaces.SANDBOX)
    one = "%d %d 1" % (namespaces.SANDBOX_ID, identity)
    namespaces.write_identity_maps(own, one, one)
    _forbid_namespaces(user_limits)
    handles = namespaces.open_handles(own)
    os.close(own)
    _give_up_privileges()
    libc.prctl(libc.PR_SET_DUMPABLE, 0)
    _confine_files(facilities)
    rlimits.apply_to_keeper()
    seccomp.install(facilities.filter)
    return handles


def confine_session(request: dict, handles: list, facilities: Facilities) -> None:
    """Moves this process, a zygote's fork in the sandbox's PID namespace, into the sandbox."""
    mounts, user, *others = handles
    facilities.held_bytes = rlimits.held_bytes()
    libc.setns(mounts, libc.CLONE_NEWNS)
    os.sched_setaffinity(0, request["cpus"])
    # The owner of a user namespace has all rights in it: this identity made it.
    _take_identity(facilities.identity(request))
    libc.setns(user, libc.CLONE_NEWUSER)
    for handle in others:
        libc.setns(handle, 0)
    _give_up_privileges()
    _confine_files(facilities)
    rlimits.apply_to_keeper()
    confine_command(request["limits"], facilities)
    seccomp.install(facilities.filter)


def confine_command(limits: dict, facilities: Facilities) -> None:
    """What hostile code has on top of the keeper's layers, which a command has from its fork."""
    libc.prctl(libc.PR_SET_DUMPABLE, 1)
    rlimits.apply(limits, facilities.held_bytes)
    if facilities.landlock >= 6:
        landlock.keep_signals_in(facilities.landlock)


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


def _take_identity(identity: int) -> None:
    if identity != 0:
        os.setresgid(identity, identity, identity)
        os.setresuid(identity, identity, identity)
    # A change of user id makes the process's own /proc files the superuser's: undo that.
    libc.prctl(libc.PR_SET_DUMPABLE, 1)


def _give_up_privileges() -> None:
    capabilities.forbid_new_privileges()
    capabilities.drop_all()
    os.umask(0o022)
    os.chdir(root.WORKSPACE)


def _confine_files(facilities: Facilities) -> None:
    if facilities.landlock >= 1:
        landlock.confine_files(facilities.landlock, ["/"], workspace.WRITABLE, workspace.DEVICES)


def _open_user_limits() -> int:
    return os.open("/proc/sys/user", os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)


def _forbid_namespaces(user_limits: int | None) -> None:
    """Sets the number of further namespaces to none: a second lock behind the seccomp filter."""
    if user_limits is None:
        return
    try:
        for kind in ("user", "mnt", "pid", "net", "ipc", "uts", "cgroup"):
            descriptor = os.open("max_%s_namespaces" % kind, os.O_WRONLY, dir_fd=user_limits)
            try:
                os.write(descriptor, b"0")
            finally:
                os.close(descriptor)
    finally:
        os.close(user_limits)
