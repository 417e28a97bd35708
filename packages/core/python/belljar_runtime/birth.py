"""From a fork of the zygote to the keeper of a sandbox: every layer, in one ordered list.

All or nothing: a step that fails ends the process before any code of a caller ran, and the engine
is told which layer it was. The only layer that may be missing is one that `missing` names, and the
result of every execution repeats it.
"""

from __future__ import annotations

import os
import signal
import socket

from . import frames
from .jail import capabilities, landlock, lifeline, namespaces, rlimits, root, seccomp, workspace
from .jail import libc


class Facilities:
    """What this machine can enforce, found once by the zygote, and what was built from it."""

    def __init__(self, missing_proc: str | None, block: int | None) -> None:
        self.missing_proc = missing_proc
        self.started_by_root = block is not None
        self.landlock = landlock.abi()
        self.filter = seccomp.build(libc.MACHINE)

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
        if self.landlock >= 1:
            layers.append("landlock")
        else:
            missing.append({"layer": "landlock", "reason": "this kernel has no Landlock"})
        if self.landlock >= 6:
            layers.append("landlock-signals")
        else:
            missing.append({"layer": "landlock-signals", "reason": "needs Linux 6.12"})
        return layers, missing


def connect() -> socket.socket:
    """The channel to the engine, made before the socket's folder is covered."""
    link = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    link.connect(root.ENGINE_SOCKET)
    return link


def confine(request: dict, facilities: Facilities) -> None:
    """Puts this process, process 1 of its PID namespace, into the sandbox's jail for ever."""
    limits = request["limits"]
    identity = request["identity"] if facilities.started_by_root else 0
    _forget_signal_handlers()
    libc.unshare(libc.CLONE_NEWNS)
    user_limits = _open_user_limits()
    workspace.mount(limits, identity, facilities.missing_proc is None)
    _use_cpus(limits["cpus"], request["identity"])
    if facilities.started_by_root:
        os.setresgid(identity, identity, identity)
        os.setresuid(identity, identity, identity)
    # A change of user id makes /proc/self the superuser's: undo that to write the maps.
    libc.prctl(libc.PR_SET_DUMPABLE, 1)
    own_maps = os.open("/proc/self", os.O_PATH) if facilities.missing_proc is None else -1
    libc.unshare(namespaces.SANDBOX)
    one = "%d %d 1" % (namespaces.SANDBOX_ID, identity)
    namespaces.write_identity_maps("self", one, one)
    if own_maps >= 0:
        os.close(own_maps)
    _forbid_namespaces(user_limits)
    socket.sethostname("sandbox")
    capabilities.forbid_new_privileges()
    capabilities.drop_all()
    libc.prctl(libc.PR_SET_DUMPABLE, 0)
    os.umask(0o022)
    os.chdir(root.WORKSPACE)
    if facilities.landlock >= 1:
        landlock.confine_files(
            facilities.landlock, ["/"], workspace.WRITABLE, workspace.DEVICES
        )
    rlimits.apply_to_keeper(limits)
    seccomp.install(facilities.filter)


def confine_session(limits: dict, facilities: Facilities) -> None:
    """What the session and every command get on top, just before hostile code runs in them."""
    libc.prctl(libc.PR_SET_DUMPABLE, 1)
    rlimits.apply(limits)
    if facilities.landlock >= 6:
        landlock.keep_signals_in(facilities.landlock)


def failure_frame(request: dict, error: BaseException) -> bytes:
    text = "%s: %s" % (type(error).__name__, error)
    return frames.encode({"t": "failed", "id": request["id"], "token": request["token"],
                          "message": text})


def _forget_signal_handlers() -> None:
    """Process 1 ignores every signal that it has no handler for; Python's own are removed."""
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGCHLD, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)


def _use_cpus(count: int, turn: int) -> None:
    """Keeps the sandbox on `count` of this process's CPUs; sandboxes take turns at them."""
    available = sorted(os.sched_getaffinity(0))
    if count < len(available):
        first = turn % len(available)
        chosen = {available[(first + step) % len(available)] for step in range(count)}
        os.sched_setaffinity(0, chosen)


def _open_user_limits() -> int | None:
    try:
        return os.open("/proc/sys/user", os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError:
        return None


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


__all__ = ["Facilities", "confine", "confine_session", "connect", "failure_frame", "lifeline"]
