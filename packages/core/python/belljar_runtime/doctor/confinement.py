"""What needs no namespace: privileges, the filter, Landlock, limits."""

from __future__ import annotations

import codecs
import ctypes
import errno
import mmap
import os
import shutil
import socket
import tempfile

from ..jail import capabilities, landlock, libc, namespaces, rlimits, seccomp, workspace
from . import namespaced
from .attempt import DoesNotHold, Report, attempt

_CAPGET = {"x86_64": 125, "aarch64": 90}.get(libc.MACHINE, -1)
_LIMITS = {"memoryBytes": 1 << 26, "workspaceBytes": 1 << 20, "openFiles": 32, "processes": 0}


# Another user may not read the folder from which it would be imported later.
codecs.lookup("ascii")


def layers(user_namespaces: bool) -> dict:
    found = attempt(["no-new-privileges"], _no_new_privileges)
    if user_namespaces:
        found.update(attempt(["no-capabilities"], _no_capabilities_in_namespace))
    else:
        found.update(attempt(["no-capabilities"], _no_capabilities))
        if os.geteuid() == 0:
            found.update(attempt(["own-user-id"], _own_user_id))
    found.update(attempt(["seccomp"], _seccomp))
    found.update(attempt(["rlimits"], _rlimits))
    found.update(attempt(["landlock"], _landlock))
    found.update(attempt(["landlock-signals"], _landlock_signals) if found["landlock"]["ok"]
                 else {"landlock-signals": {"ok": False, "needs": "landlock"}})
    return found


def _no_new_privileges(report: Report) -> None:
    capabilities.forbid_new_privileges()
    if libc.prctl(libc.PR_GET_NO_NEW_PRIVS) != 1:
        raise DoesNotHold("the kernel took it and does not keep it")
    report.holds("no-new-privileges")


def _no_capabilities(report: Report) -> None:
    capabilities.forbid_new_privileges()
    try:
        capabilities.drop_all()
    except PermissionError:
        # An ordinary user may not empty the bounding set. No new privileges: nothing is taken from it.
        capabilities.clear()
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)
    sets = (ctypes.c_uint32 * 6)()
    libc.syscall("capget", _CAPGET, ctypes.byref(header), ctypes.byref(sets))
    if any(sets):
        raise DoesNotHold("some are left")
    report.holds("no-capabilities")


def _no_capabilities_in_namespace(report: Report) -> None:
    namespaced.enter(report, libc.CLONE_NEWUSER, None, lambda: _no_capabilities(report))


def _own_user_id(report: Report) -> None:
    _become_nobody()
    report.holds("own-user-id")


def _become_nobody() -> None:
    """As root: one of the ids that sandboxes get. The process limit does not bind user id 0."""
    if os.geteuid() == 0:
        identity = namespaces.ROOT_RANGE_FIRST
        os.setgroups([])
        os.setresgid(identity, identity, identity)
        os.setresuid(identity, identity, identity)


def _seccomp(report: Report) -> None:
    socket.socket(socket.AF_INET, socket.SOCK_DGRAM).close()  # the control: it can be had before
    capabilities.forbid_new_privileges()
    seccomp.install(seccomp.build(libc.MACHINE))
    try:
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    except PermissionError:
        os.getpid()
        report.holds("seccomp")
        return
    raise DoesNotHold("a call that it forbids went through")


def _rlimits(report: Report) -> None:
    _become_nobody()
    rlimits.apply_to_all()
    rlimits.apply(_LIMITS, rlimits.held_bytes(), _LIMITS["processes"])
    _must_fail("memory", errno.ENOMEM, lambda: mmap.mmap(
        -1, 1 << 30, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS))
    _must_fail("processes", errno.EAGAIN, _fork_once)
    _must_fail("open files", errno.EMFILE, lambda: [os.dup(0) for _ in range(64)])
    report.holds("rlimits")


def _fork_once() -> None:
    if os.fork() == 0:
        os._exit(0)


def _must_fail(what: str, number: int, run: object) -> None:
    try:
        run()  # type: ignore[operator]
    except OSError as error:
        if error.errno == number:
            return
        raise
    raise DoesNotHold("the limit of %s does not bind" % what)


def _landlock(report: Report) -> None:
    version = max(landlock.abi(), 1)
    folder = tempfile.mkdtemp(prefix="belljar-doctor-")
    try:
        child = os.fork()
        if child == 0:
            report.finish(lambda: _under_landlock(report, version, folder))
        os.waitpid(child, 0)
    finally:
        shutil.rmtree(folder)


def _under_landlock(report: Report, version: int, folder: str) -> None:
    allowed = os.path.join(folder, "allowed")
    os.mkdir(allowed)
    capabilities.forbid_new_privileges()
    devices = [path for path in workspace.DEVICES if os.path.exists(path)]
    landlock.confine_files(version, ["/"], [allowed], devices)
    os.mkdir(os.path.join(allowed, "made"))
    _must_fail("files", errno.EACCES, lambda: os.mkdir(os.path.join(folder, "made")))
    report.holds("landlock")


def _landlock_signals(report: Report) -> None:
    version = landlock.abi()
    if version < 6:
        raise OSError(errno.ENOSYS, "Landlock here is of version %d, signals need 6" % version)
    outside = os.getppid()
    child = os.fork()
    if child == 0:
        report.finish(lambda: _under_signals(report, version, outside))
    os.waitpid(child, 0)


def _under_signals(report: Report, version: int, outside: int) -> None:
    capabilities.forbid_new_privileges()
    os.kill(outside, 0)
    landlock.keep_signals_in(version)
    os.kill(os.getpid(), 0)
    _must_fail("signals", errno.EPERM, lambda: os.kill(outside, 0))
    report.holds("landlock-signals")
