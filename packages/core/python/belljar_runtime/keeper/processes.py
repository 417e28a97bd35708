"""Processes that run code: the session and commands. Each is forked from the keeper and confined.

Invariant: a forked process keeps no descriptor of the keeper but those given to it, and hostile
code starts in it only after its own layers are on.
"""

from __future__ import annotations

import os
import signal
from typing import Callable

from .. import birth
from ..jail import libc


class Child:
    """A forked process with its pipes and a descriptor that becomes readable when it ends."""

    def __init__(self, pid: int, stdout: int, stderr: int, channel: int) -> None:
        self.pid = pid
        self.stdout, self.stderr = stdout, stderr
        self.channel = channel
        """The session's channel, or a command's standard input; -1 when there is none."""
        self.ended = os.pidfd_open(pid)
        for descriptor in (stdout, stderr):
            os.set_blocking(descriptor, False)

    def signal(self, number: int) -> None:
        try:
            os.kill(self.pid, number)
        except ProcessLookupError:
            pass

    def close_channel(self) -> None:
        if self.channel >= 0:
            os.close(self.channel)
            self.channel = -1

    def close(self) -> None:
        self.close_channel()
        for descriptor in (self.stdout, self.stderr, self.ended):
            os.close(descriptor)


def fork(limits: dict, facilities: birth.Facilities, channel: int, ours: int,
         body: Callable[[int], None]) -> Child:
    """Forks; `body` runs in the confined child with descriptor 3, its end of `channel`."""
    out_read, out_write = os.pipe2(os.O_CLOEXEC)
    err_read, err_write = os.pipe2(os.O_CLOEXEC)
    pid = os.fork()
    if pid != 0:
        for descriptor in (out_write, err_write, channel):
            os.close(descriptor)
        return Child(pid, out_read, err_read, ours)
    try:
        os.setsid()
        # Above everything that is to be replaced, so that no copy overwrites another's source.
        sources = [os.dup(descriptor) for descriptor in (out_write, err_write, channel)]
        null = os.open("/dev/null", os.O_RDONLY)
        os.dup2(null, 0)
        for target, source in enumerate(sources, 1):
            os.dup2(source, target)
        libc.close_from(4)
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
        birth.confine_session(limits, facilities)
        body(3)
    except BaseException as error:  # noqa: BLE001 - the one exit of this process
        os.write(2, ("belljar: could not start: %s\n" % error).encode(errors="replace"))
    finally:
        os._exit(70)


def command_body(command: str, folder: str, environment: dict) -> Callable[[int], None]:
    """Replaces the forked process by a shell; descriptor 3 becomes its standard input."""

    def body(channel: int) -> None:
        os.dup2(channel, 0)
        os.close(channel)
        os.chdir(folder)
        merged = {**os.environ, **environment}
        os.execve("/bin/sh", ["sh", "-c", command], merged)

    return body
