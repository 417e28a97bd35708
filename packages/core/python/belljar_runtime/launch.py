"""The first process of a Python environment: which level this machine gives, and its processes.

It tries `namespaces`. Where the kernel refuses, and the caller allows less, it goes on at `confined`:
with `guardians.py`, and with why.
"""

from __future__ import annotations

import errno
import json
import os
import sys
from typing import Any, NoReturn

from . import birth, birth_namespaces, guardians, measure, warden, zygote
from .jail import capabilities, libc, lifeline, namespaces

_MADE, _ROOTED, _FAILED = b"u", b"r", b"!"
# What a kernel, a filter or a security module says when namespaces, id maps or mounts are not to be had.
_REFUSALS = (errno.EPERM, errno.EACCES, errno.ENOSPC, errno.ENOSYS, errno.EINVAL, errno.EUSERS,
             errno.EOPNOTSUPP)


class Failure(Exception):
    """A layer that could not be had. `refused`: by the kernel, and not for lack of anything else."""

    def __init__(self, layer: str | None, kind: str, text: str, refused: bool) -> None:
        super().__init__(text if layer is None else "%s: %s" % (layer, text))
        self.kind, self.refused = kind, refused

    @classmethod
    def of(cls, layer: str | None, error: BaseException) -> Failure:
        refused = isinstance(error, OSError) and error.errno in _REFUSALS
        return cls(layer, type(error).__name__, str(error), refused)


def main(configuration: dict) -> None:
    lifeline.end_with_parent(configuration["parent"])
    libc.prctl(libc.PR_SET_CHILD_SUBREAPER, 1)
    started, refusal = _try_namespaces(configuration)
    if refusal is not None:
        if configuration["minimum"] == "namespaces" or not refusal.refused:
            _say_failed(refusal)
            sys.exit(3)
        guardians.main(configuration, str(refusal))
    for descriptor in (4, 5, birth.ENGINE):
        os.close(descriptor)
    warden.Warden(3, started, measure.InNamespaces(started)).serve()


def _try_namespaces(configuration: dict) -> tuple:
    """The zygote, or why there is none."""
    if "namespaces" in configuration["without"]:
        return 0, Failure("user-namespace", "OSError", "taken away by BELLJAR_WITHOUT", True)
    try:
        return _start_zygote(configuration), None
    except Failure as failure:
        return 0, failure.with_traceback(None)


def _say_failed(failure: Failure) -> None:
    message = {"error": str(failure), "kind": failure.kind}
    os.write(2, ("belljar-failed:%s\n" % json.dumps(message)).encode())


def _start_zygote(configuration: dict) -> int:
    """Forks the zygote into namespaces of its own. Returns its process id on the host."""
    from_zygote, to_warden = os.pipe()
    from_warden, to_zygote = os.pipe()
    started_by_root = os.geteuid() == 0
    configuration["block"] = (
        int.from_bytes(os.urandom(4), "little") % namespaces.ROOT_RANGE_BLOCKS
        if started_by_root else None
    )
    child = os.fork()
    if child == 0:
        os.close(from_zygote)
        os.close(to_zygote)
        _become_zygote(configuration, to_warden, from_warden)
    os.close(to_warden)
    os.close(from_warden)
    try:
        _expect(from_zygote, _MADE)
        _write_maps(child, configuration["block"])
        os.write(to_zygote, b"m")
        os.waitpid(child, 0)
        # The zygote is this process's now: it is the nearest subreaper.
        child = int(measure.children(os.getpid())[0])
        os.write(to_zygote, b"g")
        _expect(from_zygote, _ROOTED)
    except Failure:
        os.close(to_zygote)  # it waits for that, or has gone
        os.waitpid(child, 0)
        raise
    os.close(from_zygote)
    os.close(to_zygote)
    return child


def _write_maps(child: int, block: int | None) -> None:
    users = namespaces.zygote_identity_map(os.geteuid(), block)
    groups = namespaces.zygote_identity_map(os.getegid(), block)
    try:
        folder = os.open("/proc/%d" % child, os.O_PATH | os.O_DIRECTORY)
        try:
            namespaces.write_identity_maps(folder, users, groups)
        finally:
            os.close(folder)
    except OSError as error:
        layer = "user-namespace" if block is None else "own-user-id"
        raise Failure.of(layer, error) from error


def _expect(pipe: int, wanted: bytes) -> None:
    said = os.read(pipe, 1)
    if said == wanted:
        return
    text = b""
    while said == _FAILED:
        more = os.read(pipe, 65_536)
        text += more
        if not more:
            raise Failure(**json.loads(text))
    raise Failure(None, "OSError", "the zygote ended", False)


def _become_zygote(configuration: dict, to_warden: int, from_warden: int) -> NoReturn:
    layer: Any = "own-user-id"
    try:
        os.close(3)
        os.setsid()
        if configuration["block"] is not None:
            os.setgroups([])
        layer = "no-new-privileges"
        capabilities.forbid_new_privileges()
        layer = "user-namespace"
        libc.unshare(namespaces.ZYGOTE)
        os.write(to_warden, _MADE)
        if os.read(from_warden, 1) != b"m":
            os._exit(1)
        if os.fork() != 0:
            os._exit(0)
        if os.read(from_warden, 1) != b"g":
            os._exit(1)
        layer = "lifeline"
        lifeline.end_with_parent(None)
        os.close(from_warden)
        layer = "read-only-root"
        facilities = birth_namespaces.enter(configuration)
        os.write(to_warden, _ROOTED)
        os.close(to_warden)
    except BaseException as error:  # noqa: BLE001 - the one exit of this process
        failure = Failure.of(layer if isinstance(error, OSError) else None, error)
        text = {"layer": layer if isinstance(error, OSError) else None, "kind": failure.kind,
                "text": str(error), "refused": failure.refused}
        os.write(to_warden, _FAILED + json.dumps(text).encode())
        os._exit(3)
    try:
        zygote.run(facilities, configuration, 4, 5)
    except BaseException as error:  # noqa: BLE001 - as above
        warden.say_failed(None, error)
        os._exit(3)
    os._exit(0)
