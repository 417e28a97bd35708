"""The root and the workspace as a sandbox has them, built for real and thrown away."""

from __future__ import annotations

import errno
import os

from ..jail import libc, namespaces, root, workspace
from . import namespaced
from .attempt import DoesNotHold, Report, attempt

LAYERS = ["read-only-root", "proc", "namespace-limits", "hostname", "own-user-id", "workspace-quota",
          "user-namespace"]
_LIMITS = {"workspaceBytes": 1 << 16, "workspaceFiles": 16}
_IDENTITY = 1


def layers() -> dict:
    """Also says whether the interpreter can be seen in a sandbox."""
    by_root = os.geteuid() == 0
    block = int.from_bytes(os.urandom(4), "little") % namespaces.ROOT_RANGE_BLOCKS
    wanted = [layer for layer in LAYERS if by_root or layer != "own-user-id"]

    def probe(report: Report) -> None:
        if by_root:
            report.trying("own-user-id")
            os.setgroups([])
            report.trying("read-only-root")
        namespaced.enter(report, namespaces.ZYGOTE, block if by_root else None,
                         lambda: _zygote(report, _IDENTITY if by_root else 0))

    return attempt(wanted, probe)


def _zygote(report: Report, identity: int) -> None:
    # Any file can stand where the engine's socket does: nobody connects to it.
    missing_proc = root.enter()
    _must_be_read_only()
    report.holds("read-only-root")
    if missing_proc is None:
        report.holds("proc")
    else:
        report.fails(OSError(errno.EPERM, "mount proc: " + os.strerror(errno.EPERM)), "proc")
    for layer, refused in (("namespace-limits", namespaces.limits_refused()),
                           ("hostname", namespaces.name_host())):
        if refused is None:
            report.holds(layer)
        else:
            report.fails(DoesNotHold(refused), layer)
    report.trying("workspace-quota")
    child = namespaces.ChildrenElsewhere().fork_into_new()
    if child == 0:
        report.finish(lambda: _sandbox(report, identity, missing_proc is None))
    os.waitpid(child, 0)


def _must_be_read_only() -> None:
    for folder in ("/", os.path.dirname(os.path.realpath(os.__file__))):
        try:
            os.mkdir(os.path.join(folder, "belljar-doctor"))
        except OSError as error:
            if error.errno == errno.EROFS:
                continue
            raise
        raise DoesNotHold("%s can be written" % folder)
    if os.path.exists("/home") or os.path.exists("/etc/shadow"):
        raise DoesNotHold("files of the host are in it")


def _sandbox(report: Report, identity: int, own_proc: bool) -> None:
    libc.unshare(libc.CLONE_NEWNS)
    workspace.mount(_LIMITS, identity, own_proc)
    if identity != 0:
        report.trying("own-user-id")
        os.setresgid(identity, identity, identity)
        os.setresuid(identity, identity, identity)
        libc.prctl(libc.PR_SET_DUMPABLE, 1)
        report.holds("own-user-id")
        report.trying("workspace-quota")
    _must_be_full(os.path.join(root.WORKSPACE, "full"), 2 * _LIMITS["workspaceBytes"])
    report.holds("workspace-quota")
    report.trying("user-namespace")
    # In a sandbox of today's: the second set of namespaces in the first.
    own = os.open("/proc/self", os.O_PATH | os.O_DIRECTORY) if own_proc else None
    libc.unshare(namespaces.SANDBOX)
    if own is not None:
        one = "%d %d 1" % (namespaces.SANDBOX_ID, identity)
        namespaces.write_identity_maps(own, one, one)
    report.holds("user-namespace")


def _must_be_full(path: str, size: int) -> None:
    try:
        with open(path, "wb") as stream:
            stream.write(b"x" * size)
    except OSError as error:
        if error.errno == errno.ENOSPC:
            return
        raise
    raise DoesNotHold("more was written than the quota allows")
