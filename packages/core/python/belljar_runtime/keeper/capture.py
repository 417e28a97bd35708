"""A checkpoint on its way from the session's child to the engine.

Invariant: what comes is hostile bytes. The keeper looks at a kind and a length, which is capped, and
hands the rest on; the child ends with its deadline, whatever it does.
"""

from __future__ import annotations

import _socket
import struct
import time

from ..population import Population
from .leftovers import end_session_of
from .link import Link

_HEAD = struct.Struct("<cI")
_KNOWN = struct.Struct("<32sI")
_CAPS = {b"S": 1, b"D": 1024 * 1024, b"K": _KNOWN.size, b"L": 16 * 1024, b"E": 0, b"F": 2_048}
_MOST_LOST, _MOST_SEGMENTS = 1_000, 100_000
_READ_BYTES = 256 * 1024
IN_FLIGHT_BYTES = 8 * 1024 * 1024
"""What the engine may have been sent and not kept yet: executions go by meanwhile."""


class Capture:
    def __init__(self, link: Link, header: dict) -> None:
        self._link, self.number = link, header["n"]
        self._ours, self._theirs = _socket.socketpair(_socket.AF_UNIX, _socket.SOCK_STREAM)
        self._ours.setblocking(False)
        self._deadline = time.monotonic() + header["timeoutMs"] / 1e3
        self._received = bytearray()
        self._in_flight = 0
        self._left = {b"L": _MOST_LOST, b"S": _MOST_SEGMENTS}
        self._is_whole, self._failure = False, "it ended before it was whole"
        self.pid = 0
        """Of the child, as the session says; 0 before that, and when the session itself writes."""
        self.is_given = self.is_captured = False
        """The session has its end; and it has forked, and goes on."""

    def fileno(self) -> int:
        return self._ours.fileno()

    def wants_more(self) -> bool:
        return self._in_flight < IN_FLIGHT_BYTES

    def seconds_left(self) -> float:
        return max(0.0, self._deadline - time.monotonic())

    def give(self) -> _socket.socket:
        """The session's end, once."""
        self.is_given = True
        return self._theirs

    def begun(self, pid: int) -> None:
        self.pid, self.is_captured = pid, True
        self._theirs.close()

    def taken(self, size: int) -> None:
        """The engine has kept so much."""
        self._in_flight -= size

    def read(self) -> bool:
        """Hands on what came. True when it is over."""
        try:
            data = self._ours.recv(_READ_BYTES)
        except BlockingIOError:
            return False
        except OSError:
            data = b""
        self._received += data
        return not data or self._hand_on() is False

    def _hand_on(self) -> bool:
        """False after the last record, and for what is no record."""
        received = self._received
        while len(received) >= _HEAD.size:
            kind, length = _HEAD.unpack_from(received)
            if length > _CAPS.get(kind, -1):
                return False
            end = _HEAD.size + length
            if len(received) < end:
                break
            payload = bytes(received[_HEAD.size:end])
            del received[:end]
            if kind == b"E":
                self._is_whole = True
                return False
            if kind == b"F":
                self._failure = payload.decode(errors="replace")
                return False
            if kind in self._left:
                self._left[kind] -= 1
                if self._left[kind] < 0:
                    return False
            self._send(kind, payload)
        return True

    def _send(self, kind: bytes, payload: bytes) -> None:
        header = {"t": "state", "n": self.number, "kind": kind.decode()}
        if kind == b"K" and len(payload) == _KNOWN.size:
            digest, size = _KNOWN.unpack(payload)
            self._link.send({**header, "sha256": digest.hex(), "sizeBytes": size})
            return
        self._in_flight += len(payload)
        self._link.send(header, payload)

    def finish(self, population: Population) -> None:
        """Ends what is left of the child, and tells the engine whether all of it has come."""
        if self.pid > 1:
            end_session_of(population, self.pid)
        self._theirs.close()
        self._ours.close()
        if self._is_whole:
            self._link.send({"t": "state-end", "n": self.number})
        else:
            self._link.send({"t": "refused", "n": self.number, "errno": None,
                             "message": self._failure})
