"""The process that runs a sandbox's code, as its keeper holds it: a zygote's child in this sandbox.

Invariant: the zygote alone writes the pipe of its end, and the session has no copy of it by the time
hostile code runs.
"""

from __future__ import annotations

import _socket
import os
import signal
import time

from .. import birth, nursery
from ..population import Population
from .leftovers import end_leftovers
from .processes import Child
from .session_channel import READY, Misbehaves, SessionChannel, drain

# A stop takes effect when each thread gets a processor, which a busy machine may not have.
_LOOKS, _QUICK_LOOKS = 1_000, 20
_QUICK_PAUSE_SECONDS, _PAUSE_SECONDS = 0.000_02, 0.001
_ROUNDS = 100
_STARTS_WITHIN_SECONDS = 20
_SAID_BYTES = 500


class SessionProcess(Child):
    """A zygote's child in this sandbox: the zygote waits for it, and writes its end into a pipe."""

    def __init__(self, orders: _socket.socket, request: dict, pid_namespace: list) -> None:
        """Orders it; `admit` lets it into the sandbox."""
        self._paused = False
        self._out, out_write = os.pipe2(os.O_CLOEXEC)
        self._err, err_write = os.pipe2(os.O_CLOEXEC)
        self.state, state_write = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        """What a checkpoint is read from."""
        os.set_blocking(state_write, True)
        self._end, end_write = os.pipe2(os.O_CLOEXEC)
        self.channel, theirs = _socket.socketpair(_socket.AF_UNIX, _socket.SOCK_STREAM)
        pipes = [theirs.detach(), out_write, err_write, state_write, end_write]
        nursery.order_session(orders, request, pid_namespace, pipes)
        for descriptor in pipes:
            os.close(descriptor)

    def admit(self, handles: list) -> None:
        """Resolves when all its layers are on, just before it hears its channel."""
        nursery.admit_session(self.channel, handles)
        # More than that is the zygote's word of its end, which then came first.
        born = os.read(self._end, nursery.BORN.size + nursery.ENDED.size)
        if len(born) != nursery.BORN.size:
            os.set_blocking(self._err, False)
            raise OSError(5, os.read(self._err, 4096).decode(errors="replace") or "no session")
        super().__init__(nursery.BORN.unpack(born)[0], self._end, self._out, self._err)

    def pause(self) -> None:
        """Stops all its threads until `resume`; again where a child of the code's woke it."""
        self._paused = True
        self.signal(signal.SIGSTOP)
        for look in range(_LOOKS):
            if self._is_stopped():
                return
            # It may wait for this very processor.
            time.sleep(_QUICK_PAUSE_SECONDS if look < _QUICK_LOOKS else _PAUSE_SECONDS)

    def resume(self) -> None:
        if self._paused:
            self._paused = False
            self.signal(signal.SIGCONT)

    def quieten(self, population: Population, commands: set) -> None:
        """Stops it and ends what it forked, until nobody is left who could have woken it."""
        for _ in range(_ROUNDS):
            self.pause()
            if not end_leftovers(population, self.pid, commands) and self._is_stopped():
                return
        self.signal(signal.SIGKILL)

    def drop_output(self) -> None:
        """Whatever was printed is no execution's."""
        for descriptor in (self.stdout, self.stderr):
            drain(descriptor)

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

    def hand_on(self) -> None:
        """It has ended, and another has its pipes."""
        self.stdout = self.stderr = self.state = -1
        self.close()

    def close(self) -> None:
        if self.state >= 0:
            os.close(self.state)
        super().close()

    def reap(self) -> int:
        ended = os.read(self.ended, nursery.ENDED.size)
        if len(ended) != nursery.ENDED.size:
            return signal.SIGKILL  # the zygote went, and this sandbox goes with it
        status, self.cpu_seconds = nursery.ENDED.unpack(ended)
        return status


class AdoptedSession(SessionProcess):
    """What stood by for a session that has ended, with its pipes: the keeper's own child by now."""

    def __init__(self, pid: int, ended: int, before: SessionProcess) -> None:
        self._paused = False
        self.state, self.channel = before.state, before.channel
        Child.__init__(self, pid, ended, before.stdout, before.stderr)

    def reap(self) -> int:
        status = Child.reap(self)
        self.seconds_as_child = self.cpu_seconds or 0.0
        return status


class SessionSource:
    """Where sessions come from. The first is ordered before the sandbox is made round the keeper."""

    def __init__(self, orders: _socket.socket, request: dict, facilities: birth.Facilities) -> None:
        self._orders, self._program = orders, facilities.program
        self._request = {"id": request["id"], "identity": request["identity"],
                         "others": request.get("others", 0), "limits": request["limits"],
                         "cpus": request["cpus"], "touched": request["touched"],
                         "seed": request["seed"]}
        self._pid_namespace = facilities.pid_namespace()
        self.handles: list = []

    def order(self) -> SessionProcess:
        ordered = SessionProcess(self._orders, self._request, self._pid_namespace)
        self._request["touched"] = False  # somebody waits for a session that replaces another
        return ordered

    def admit(self, session: SessionProcess) -> SessionChannel:
        """Lets it in. A program can take an order then: one that cannot start is no session."""
        session.admit(self.handles)
        channel = SessionChannel(session.channel)
        if self._program is not None:
            try:
                channel.wait_for(READY, _STARTS_WITHIN_SECONDS)
            except Misbehaves as error:
                said = (drain(session.stderr) or b"").decode(errors="replace").strip()
                raise OSError(5, said[-_SAID_BYTES:] or str(error)) from error
        return channel
