"""Processes that run code, as the keeper holds them: the session and commands.

Invariant: a process of the code's keeps no descriptor of the keeper but those given to it, and
hostile code starts in it only after its own layers are on.
"""

from __future__ import annotations

import os
import signal
from typing import Callable

from .. import birth
from ..jail import libc


_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


def _open_sizes(pid: int) -> int:
    try:
        return os.open("/proc/%d/statm" % pid, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return -1


class Child:
    """A process with its pipes and a descriptor that becomes readable when it ends."""

    def __init__(self, pid: int, ended: int, stdout: int, stderr: int) -> None:
        self.pid, self.ended = pid, ended
        self.stdout, self.stderr = stdout, stderr
        self.waited_for_seconds = 0.0
        """Processor time of its children, as of the last execution that was told of it."""
        self.cpu_seconds: float | None = None
        """All that it used; set by `reap`."""
        self.seconds_as_child = 0.0
        """The part of it that the kernel counts among the keeper's children too."""
        self._sizes = _open_sizes(pid)
        for descriptor in (stdout, stderr):
            os.set_blocking(descriptor, False)

    def signal(self, number: int) -> None:
        try:
            os.kill(self.pid, number)
        except ProcessLookupError:
            pass

    def resident_bytes(self) -> int:
        """Memory of this process, shared pages included; 0 where there is no `/proc`."""
        try:
            return int(os.pread(self._sizes, 64, 0).split()[1]) * _PAGE_BYTES
        except (OSError, IndexError):
            return 0

    def reap(self) -> int:
        """Its status, as `waitpid` gives it."""
        _, status, usage = os.wait4(self.pid, 0)
        self.cpu_seconds = usage.ru_utime + usage.ru_stime
        return status

    def close(self) -> None:
        for descriptor in (self.stdout, self.stderr, self.ended, self._sizes):
            if descriptor >= 0:
                os.close(descriptor)


class CommandProcess(Child):
    """A shell, forked from the keeper; `input` writes to its standard input, -1 when closed."""

    def __init__(self, limits: dict, facilities: birth.Facilities, body: Callable[[], None],
                 standard_input: int, writes_to_it: int) -> None:
        self.input = writes_to_it
        out_read, out_write = os.pipe2(os.O_CLOEXEC)
        err_read, err_write = os.pipe2(os.O_CLOEXEC)
        pid = os.fork()
        if pid == 0:
            _become_command(limits, facilities, body, [standard_input, out_write, err_write])
        for descriptor in (out_write, err_write, standard_input):
            os.close(descriptor)
        super().__init__(pid, libc.pidfd_open(pid), out_read, err_read)

    def close_input(self) -> None:
        if self.input >= 0:
            os.close(self.input)
            self.input = -1

    def close(self) -> None:
        self.close_input()
        super().close()


def _become_command(limits: dict, facilities: birth.Facilities, body: Callable[[], None],
                    descriptors: list) -> None:
    try:
        os.setsid()
        # Above everything that is to be replaced, so that no copy overwrites another's source.
        for target, source in enumerate([os.dup(one) for one in descriptors]):
            os.dup2(source, target)
        libc.close_from(3)
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
        facilities.confine_command(limits)
        body()
    except BaseException as error:  # noqa: BLE001 - the one exit of this process
        os.write(2, ("belljar: could not start: %s\n" % error).encode(errors="replace"))
    finally:
        os._exit(70)


def command_body(command: str, folder: str, environment: dict) -> Callable[[], None]:
    """Replaces the forked process by a shell."""

    def body() -> None:
        os.chdir(folder)  # below the keeper's own, the workspace
        os.execve("/bin/sh", ["sh", "-c", command], {**os.environ, **environment})

    return body
