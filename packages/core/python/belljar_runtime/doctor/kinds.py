"""Each kind of namespace by itself, so that one that is missing is named."""

from __future__ import annotations

import os
import socket
from typing import Callable

from ..jail import libc
from . import namespaced
from .attempt import DoesNotHold, Report, attempt

_PLACES = ("/mnt", "/media", "/srv", "/sys", "/tmp")


def all_kinds() -> dict:
    kinds = _kinds()
    user = _one("user-namespace", 0, _rights_in_it)
    if not user["user-namespace"]["ok"]:
        return {**user, **{layer: {"ok": False, "needs": "user-namespace"} for layer in kinds}}
    for layer, (flag, check) in kinds.items():
        user.update(_one(layer, flag, check))
    return user


def _one(layer: str, flag: int, check: Callable[[], None]) -> dict:
    def probe(report: Report) -> None:
        def inside() -> None:
            check()
            report.holds(layer)

        namespaced.enter(report, libc.CLONE_NEWUSER | flag, None, inside)

    return attempt([layer], probe)


def _rights_in_it() -> None:
    """Ubuntu lets anyone make one, and refuses every right in it."""
    if os.geteuid() != 0:
        raise DoesNotHold("the id map is not in force")
    libc.unshare(libc.CLONE_NEWUTS)


def _mounts() -> None:
    libc.mount("none", "/", None, libc.MS_REC | libc.MS_PRIVATE)
    place = next(folder for folder in _PLACES if os.path.isdir(folder))
    libc.mount("tmpfs", place, "tmpfs", libc.MS_NOSUID, "size=64k")
    os.mkdir(os.path.join(place, "made"))
    libc.unmount(place)


def _is_process_one() -> None:
    if os.getpid() != 1:
        raise DoesNotHold("the first process in it is not process 1")


def _has_loopback_only() -> None:
    names = [name for _, name in socket.if_nameindex()]
    # Kernels with tunnels built in give each namespace an idle one of each.
    if any(name.startswith(("eth", "en", "wl", "docker")) for name in names):
        raise DoesNotHold("it has the interfaces %s" % ", ".join(names))


def _is_another(kind: str) -> Callable[[], None]:
    before = _identity_of(kind)

    def check() -> None:
        if _identity_of(kind) == before:
            raise DoesNotHold("it is the one of before")

    return check


def _identity_of(kind: str) -> str:
    try:
        return os.readlink("/proc/self/ns/" + kind)
    except OSError:
        return ""


def _kinds() -> dict:
    return {
        "mount-namespace": (libc.CLONE_NEWNS, _mounts),
        "pid-namespace": (libc.CLONE_NEWPID, _is_process_one),
        "network-namespace": (libc.CLONE_NEWNET, _has_loopback_only),
        "ipc-namespace": (libc.CLONE_NEWIPC, _is_another("ipc")),
        "uts-namespace": (libc.CLONE_NEWUTS, _is_another("uts")),
        "cgroup-namespace": (libc.CLONE_NEWCGROUP, _is_another("cgroup")),
    }
