"""Control groups: whether one can be made here and a process moved into it."""

from __future__ import annotations

import errno
import os
import signal

from .attempt import Report, attempt

_MEMORY = {"v2": "memory.max", "v1": "memory.limit_in_bytes"}


class NotThere(Exception):
    """No control group that could be tried."""


def layers() -> dict:
    found = attempt(["cgroups"], _probe)["cgroups"]
    return {"cgroups": found}


def _probe(report: Report) -> None:
    version, folder = _own_group()
    # Of the probe's name, so that two at once do not meet.
    made = os.path.join(folder, "belljar-doctor-%d" % os.getpid())
    os.mkdir(made)
    try:
        if not os.path.exists(os.path.join(made, _MEMORY[version])):
            raise OSError(errno.EOPNOTSUPP, "the memory controller is not delegated")
        _move_a_process(made)
    finally:
        os.rmdir(made)
    report.holds("cgroups-" + version)
    report.holds("cgroups")


def _own_group() -> tuple:
    """The version, and this process's own group of memory as a folder."""
    mounts = [line.split() for line in _lines("/proc/self/mounts")]
    groups = [line.split(":", 2) for line in _lines("/proc/self/cgroup")]
    for _, target, kind, options, *_ in mounts:
        if kind == "cgroup" and "memory" in options.split(","):
            name = next((path for _, names, path in groups if "memory" in names.split(",")), "/")
            return "v1", target + name
    for _, target, kind, *_ in mounts:
        if kind == "cgroup2":
            name = next((path for number, _, path in groups if number == "0"), "/")
            return "v2", target + name
    raise NotThere("no control groups are mounted")


def _lines(path: str) -> list:
    with open(path, encoding="utf-8", errors="surrogateescape") as stream:
        return stream.read().splitlines()


def _move_a_process(made: str) -> None:
    child = os.fork()
    if child == 0:
        signal.pause()
        os._exit(0)
    try:
        _write(os.path.join(made, "cgroup.procs"), child)
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def _write(path: str, process: int) -> None:
    descriptor = os.open(path, os.O_WRONLY)
    try:
        os.write(descriptor, b"%d" % process)
    finally:
        os.close(descriptor)
