"""Processes that run code, as the keeper holds them: the session and commands.

Invariant: a process of the code's keeps no descriptor of the keeper but those given to it, and
hostile code starts in it only after its own layers are on.
"""

from __future__ import annotations

import os
import signal
import socket
from typing import Callable

from .. import birth, nursery
from ..jail import libc


_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
_LOOKS = 1_000


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


class SessionProcess(Child):
    """A zygote's child in this sandbox: the zygote waits for it, and writes its end into a pipe."""

    def __init__(self, orders: socket.socket, request: dict, pid_namespace: int) -> None:
        """Orders it; `admit` lets it into the sandbox."""
        self._paused = False
        self._out, out_write = os.pipe2(os.O_CLOEXEC)
        self._err, err_write = os.pipe2(os.O_CLOEXEC)
        self._end, end_write = os.pipe2(os.O_CLOEXEC)
        self.channel, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        pipes = [theirs.detach(), out_write, err_write, end_write]
        nursery.order_session(orders, request, pid_namespace, pipes)
        for descriptor in pipes:
            os.close(descriptor)

    def admit(self, handles: list) -> None:
        """Resolves when all its layers are on, just before it hears its channel."""
        nursery.admit_session(self.channel, handles)
        born = os.read(self._end, nursery.BORN.size)
        if len(born) != nursery.BORN.size:
            os.set_blocking(self._err, False)
            raise OSError(5, os.read(self._err, 4096).decode(errors="replace") or "no session")
        super().__init__(nursery.BORN.unpack(born)[0], self._end, self._out, self._err)

    def pause(self) -> None:
        """Stops all its threads until `resume`."""
        if self._paused:
            return
        self._paused = True
        self.signal(signal.SIGSTOP)
        for _ in range(_LOOKS):
            if self._is_stopped():
                return

    def resume(self) -> None:
        if self._paused:
            self._paused = False
            self.signal(signal.SIGCONT)

    def _is_stopped(self) -> bool:
        """Also true when it has ended, and where there is no `/proc` to look at."""
        try:
            for thread in os.listdir("/proc/%d/task" % self.pid):
                with open("/proc/%d/task/%s/stat" % (self.pid, thread), "rb") as stream:
                    if stream.read().rpartition(b") ")[2][:1] not in b"TtZX":
                        return False
        except OSError:
            pass
        return True

    def reap(self) -> int:
        ended = os.read(self.ended, nursery.ENDED.size)
        if len(ended) != nursery.ENDED.size:
            return signal.SIGKILL  # the zygote went, and this sandbox goes with it
        status, self.cpu_seconds = nursery.ENDED.unpack(ended)
        return status


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
        super().__init__(pid, os.pidfd_open(pid), out_read, err_read)

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
        birth.confine_command(limits, facilities)
        body()
    except BaseException as error:  # noqa: BLE001 - the one exit of this process
        os.write(2, ("belljar: could not start: %s\n" % error).encode(errors="replace"))
    finally:
        os._exit(70)


def command_body(command: str, folder: str, environment: dict) -> Callable[[], None]:
    """Replaces the forked process by a shell."""

    def body() -> None:
        os.chdir(folder)
        os.execve("/bin/sh", ["sh", "-c", command], {**os.environ, **environment})

    return body
