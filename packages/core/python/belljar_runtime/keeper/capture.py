"""A checkpoint on its way from the session's child to the engine.

Invariant: what comes is hostile bytes. The keeper looks at a kind and a length, which is capped, and
hands the rest on; the child ends with its deadline, whatever it does.
"""

from __future__ import annotations

import os
import struct
import time

from ..jail import libc
from ..population import Population
from .leftovers import end_session_of
from .link import Link
from .session_channel import drain

_HEAD = struct.Struct("<cI")
_KNOWN = struct.Struct("<32sI")
_CAPS = {b"S": 1, b"D": 1024 * 1024, b"K": _KNOWN.size, b"L": 16 * 1024, b"E": 0, b"F": 2_048}
_MOST_LOST, _MOST_SEGMENTS = 1_000, 100_000
# A session that is idle forks at once; one that is not, though it said so, is ended.
_ANSWERS_WITHIN_SECONDS = 10
IN_FLIGHT_BYTES = 8 * 1024 * 1024
"""What the engine may have been sent and not kept yet: executions go by meanwhile."""


class Capture:
    def __init__(self, link: Link, header: dict, source: int) -> None:
        """`source`: the pipe that the session has had from its birth."""
        self._link, self.number, self._source = link, header["n"], source
        now = time.monotonic()
        self._deadline = now + header["timeoutMs"] / 1e3
        self._answer_by = min(self._deadline, now + _ANSWERS_WITHIN_SECONDS)
        self._received = bytearray()
        self._in_flight = 0
        self._left = {b"L": _MOST_LOST, b"S": _MOST_SEGMENTS}
        self._bytes_left = header["mostBytes"]
        self._is_whole, self._failure = False, "it ended before it was whole"
        self.pid = 0
        """Of the child, as the session says; 0 before that, and when the session itself writes."""
        self._ended = -1
        self.is_captured = False
        """The session has forked, and goes on."""
        self.is_told = False
        """The last record has come, which may be before the session says that it goes on."""
        while drain(source):  # what the code wrote there is no state
            pass

    def descriptors(self) -> list:
        """To read from; none while the engine has not kept what it was sent."""
        if self._in_flight >= IN_FLIGHT_BYTES or self.is_told:
            return []
        return [self._source] + ([self._ended] if self._ended >= 0 else [])

    def seconds_left(self) -> float:
        deadline = self._deadline if self.is_captured else self._answer_by
        return max(0.0, deadline - time.monotonic())

    def written_by_session(self) -> None:
        """It has answered: it writes all by itself before it goes on."""
        self._answer_by = self._deadline

    def begun(self, pid: int) -> bool:
        """The session goes on. False when nothing more will come."""
        self.pid, self.is_captured = pid, True
        try:
            self._ended = libc.pidfd_open(pid) if pid > 1 else -1
        except OSError:
            pass  # it has ended, or never was
        return self._ended >= 0

    def taken(self, size: int) -> None:
        """The engine has kept so much."""
        self._in_flight -= size

    def read(self, descriptor: int) -> bool:
        """Hands on what came. True when it is over."""
        if descriptor == self._ended:
            return self.read_rest()
        data = drain(self._source)
        self._received += data or b""
        return self._hand_on() is False

    def read_rest(self) -> bool:
        """When nothing more is written: what is still in the pipe."""
        while True:
            data = drain(self._source)
            if not data:
                return True
            self._received += data
            if self._hand_on() is False:
                return True

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
                self._is_whole = self.is_told = True
                return False
            if kind == b"F":
                self._failure = payload.decode(errors="replace")
                self.is_told = True
                return False
            self._bytes_left -= length
            if self._bytes_left < 0:
                self._failure = "it is larger than the sandbox's memory may be"
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

    def finish(self, population: Population, session: int) -> None:
        """Ends what is left of the child, and tells the engine whether all of it has come."""
        if self.pid > 1:
            end_session_of(population, self.pid, session)
        if self._ended >= 0:
            os.close(self._ended)
        if self._is_whole:
            self._link.send({"t": "state-end", "n": self.number})
        else:
            self._link.send({"t": "refused", "n": self.number, "errno": None,
                             "message": self._failure})
