"""Where sessions are forked: in each zygote, at the order of a keeper.

An order brings the keeper's PID namespace, if any, and the session's ends of channel and pipes. The session is
the zygote's child, so that it has the loaded libraries and nothing of the keeper's memory or
descriptors. It is forked while the keeper still makes the sandbox, and enters it when the keeper
sends the other namespaces over the channel. The zygote, which alone can wait for it, writes its
process id and later its end into a pipe that no hostile code ever has.
"""

from __future__ import annotations

import _socket
import fcntl
import os
import signal
import struct
from typing import Callable, NoReturn

from . import birth, frames, session, warm
from .jail import command_line, libc

BORN = struct.Struct("<i")
ENDED = struct.Struct("<id")
"""What `waitpid` says, and the processor time. Longer than `BORN`, so that it is told from it."""

_PIPES, _DESCRIPTOR_BYTES = 5, 4
_MESSAGE_BYTES = 8_192


def order_session(orders: _socket.socket, request: dict, pid_namespace: list, pipes: list) -> None:
    """The keeper's side. `pipes`: the session's channel, stdout, stderr, its state's and its end's."""
    _send(orders, frames.to_json(request), [*pid_namespace, *pipes])


def order_end(orders: _socket.socket, identifier: str) -> None:
    """The first zygote's side, when a keeper has ended whose session does not end with it."""
    orders.send(frames.to_json({"end": identifier}))


def admit_session(channel: _socket.socket, handles: list) -> None:
    """The keeper's side, when the sandbox is made: lets the session in."""
    _send(channel, b"h", handles)


class Nursery:
    def __init__(self, orders: _socket.socket, facilities: birth.Facilities,
                 prepared: session.Session | None, report: Callable[[dict], None]) -> None:
        self._orders, self._facilities, self._report = orders, facilities, report
        self._prepared = prepared
        self._children = facilities.children()
        self._ends: dict = {}
        self._ids: dict = {}

    def fileno(self) -> int:
        return self._orders.fileno()

    def answer(self) -> None:
        """Takes one order and forks its session."""
        data, descriptors = _receive(self._orders, _MESSAGE_BYTES, _PIPES + 1)
        request = frames.from_json(data)
        if "end" in request:
            self._end(request["end"])
        elif len(descriptors) >= _PIPES:
            self._fork(request, descriptors[:-_PIPES], descriptors[-_PIPES:])
        for descriptor in descriptors:
            if descriptor not in self._ends.values():
                os.close(descriptor)

    def _end(self, identifier: str) -> None:
        for pid, name in self._ids.items():
            if name == identifier:
                os.kill(pid, signal.SIGKILL)

    def _fork(self, request: dict, pid_namespace: list, pipes: list) -> None:
        try:
            child = self._children.fork_into(*pid_namespace)
        except OSError:
            return  # the keeper went meanwhile, or hears of it by the end of its pipe
        if child == 0:
            self._become_session(request, *pipes)
        self._ends[child], self._ids[child] = pipes[-1], request["id"]
        self._report({"t": "session", "id": request["id"], "pid": child})

    def _become_session(self, request: dict, channel: int, stdout: int, stderr: int,
                        state: int, end: int) -> NoReturn:
        try:
            command_line.hide()
            birth.forget_signal_handlers()
            os.setsid()
            if request["touched"]:
                warm.touch()
            keeper = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM, 0, channel)
            _, handles = _receive(keeper, 1, birth.HANDLES)
            keeper.detach()
            # First: in the sandbox, commands may run that would look into what a process holds.
            _keep_only(stdout, stderr, channel, state, end, *handles)
            self._facilities.confine_session(request, list(range(6, 6 + len(handles))))
            libc.close_from(6)
            if self._prepared is not None:
                session.adapt(*self._facilities.surroundings())
            os.write(5, BORN.pack(os.getpid()))
            os.close(5)
            if self._facilities.program is not None:
                self._facilities.program.execute(request["seed"], request["limits"])
        except BaseException as error:  # noqa: BLE001 - said to the keeper by a pipe that it reads
            os.write(2, ("belljar: no session: %s\n" % error).encode(errors="replace"))
            os._exit(70)
        session.start(self._prepared, 3, bytes.fromhex(request["seed"]))

    def ended(self, pid: int, status: int, cpu_seconds: float) -> bool:
        """Tells the keeper. False when the child was no session."""
        end = self._ends.pop(pid, None)
        if end is None:
            return False
        del self._ids[pid]
        try:
            os.write(end, ENDED.pack(status, cpu_seconds))
        except OSError:
            pass  # the keeper went first
        os.close(end)
        return True


def _send(end: _socket.socket, data: bytes, descriptors: list) -> None:
    """As `socket.send_fds` does, with which a fork would copy 100 pages."""
    packed = struct.pack("%di" % len(descriptors), *descriptors)
    end.sendmsg([data], [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, packed)] if packed else [])


def _receive(end: _socket.socket, most: int, most_descriptors: int) -> tuple:
    """Data, and the descriptors that came with it."""
    room = _socket.CMSG_LEN(most_descriptors * _DESCRIPTOR_BYTES)
    data, messages, _, _ = end.recvmsg(most, room)
    content = messages[0][2] if messages else b""
    return data, struct.unpack("%di" % (len(content) // _DESCRIPTOR_BYTES), content)


def _keep_only(*descriptors: int) -> None:
    """Makes them 1, 2, 3 and so on, with nothing on 0, and closes all others."""
    null = os.open("/dev/null", os.O_RDONLY)
    # Above everything that is to be replaced, so that no copy overwrites another's source.
    sources = [fcntl.fcntl(one, fcntl.F_DUPFD, len(descriptors) + 1) for one in (null, *descriptors)]
    for target, source in enumerate(sources):
        os.dup2(source, target, inheritable=target < 3)
    libc.close_from(len(sources))
