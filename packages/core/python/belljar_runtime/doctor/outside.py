"""What the warden does from outside: end with the engine, see every process, and cgroups."""

from __future__ import annotations

import os
import select
import signal

from .. import measure
from ..jail import libc, lifeline
from .attempt import DoesNotHold, Report, attempt


def layers() -> dict:
    return {**attempt(["lifeline"], _lifeline), **attempt(["watchdog"], _watchdog)}


def _sleep() -> None:
    while True:
        signal.pause()


def _lifeline(report: Report) -> None:
    ear, mouth = os.pipe()
    parent = os.fork()
    if parent == 0:
        me = os.getpid()
        if os.fork() != 0:
            os.close(mouth)
            os.read(ear, 1)
            os._exit(0)
        lifeline.end_with_parent(me)
        os.write(mouth, b"r")
        _sleep()
    os.close(mouth)
    os.waitpid(parent, 0)
    # The only writer is the grandchild: the end of the pipe is its end.
    if not select.select([ear], [], [], 5)[0] or os.read(ear, 1):
        raise DoesNotHold("a process outlives its parent")
    report.holds("lifeline")


def _watchdog(report: Report) -> None:
    ear, mouth = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(mouth, b"r")
        _sleep()
    os.read(ear, 1)
    handle = libc.pidfd_open(child)
    if not os.path.exists("/proc/self/status"):
        raise FileNotFoundError(2, "/proc is not there or cannot be read")
    if child not in measure.children(os.getpid()):
        raise DoesNotHold("/proc does not list the children of a process")
    if measure.memory_bytes([child], 0) == 0:
        raise DoesNotHold("/proc does not say how much memory a process has")
    os.kill(child, signal.SIGKILL)
    if not select.select([handle], [], [], 5)[0]:
        raise DoesNotHold("the end of a process is not told")
    report.holds("watchdog")
