"""Into new namespaces the way the warden puts its zygote there: unshare, maps from outside, fork."""

from __future__ import annotations

import os
from typing import Callable

from ..jail import capabilities, libc, namespaces
from .attempt import Report


def enter(report: Report, flags: int, block: int | None, inside: Callable[[], None]) -> None:
    """Runs `inside` in a child in new namespaces; process 1 there when `flags` have a PID one."""
    from_child, to_parent = os.pipe()
    from_parent, to_child = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(from_child)
        os.close(to_child)
        report.finish(lambda: _enter(report, flags, to_parent, from_parent, inside))
    os.close(to_parent)
    os.close(from_parent)
    if os.read(from_child, 1) == b"u":
        try:
            _write_maps(child, block)
            os.write(to_child, b"m")
        except OSError as error:
            report.fails(error, None if block is None else "own-user-id")
    os.close(to_child)
    os.waitpid(child, 0)


def _enter(report: Report, flags: int, to_parent: int, from_parent: int,
           inside: Callable[[], None]) -> None:
    capabilities.forbid_new_privileges()
    libc.unshare(flags)
    os.write(to_parent, b"u")
    if os.read(from_parent, 1) != b"m":
        return  # said outside
    child = os.fork()
    if child == 0:
        report.finish(inside)
    os.waitpid(child, 0)


def _write_maps(process: int, block: int | None) -> None:
    users = namespaces.zygote_identity_map(os.geteuid(), block)
    groups = namespaces.zygote_identity_map(os.getegid(), block)
    folder = os.open("/proc/%d" % process, os.O_PATH | os.O_DIRECTORY)
    namespaces.write_identity_maps(folder, users, groups)
