"""Frames between the keeper and the session over one connected stream socket.

A frame is a kind byte, a little-endian u32 length, and a payload of UTF-8 JSON. The two take strict
turns: the session speaks only between a request and its answer. The keeper trusts nothing that it
reads here. A keeper that has gone ends the session at once.
"""

from __future__ import annotations

import json
import struct
from os import _exit, close, read, readv, write
from typing import Callable, NoReturn

EXECUTE = b"X"
VARIABLES = b"V"
CHECKPOINT = b"C"
RESTORE = b"S"
SAVEPOINT = b"K"
ACKNOWLEDGED = b"A"
DISPLAY = b"D"
READY = b"P"
FORKED = b"F"
SAVED = b"O"
DONE = b"R"

FRAME_CAP_BYTES = 32 * 1024 * 1024
"""Of one payload that the session sends."""

_HEADER = struct.Struct("<cI")
_FORKED = struct.Struct("<i?")
_READ_BYTES = 64 * 1024
_KEEPER_GONE = 0
_PROTOCOL_BROKEN = 70

encode = json.JSONEncoder(allow_nan=False, separators=(",", ":")).encode
"""ASCII only, so that halves of surrogate pairs cross unharmed. Refuses NaN and infinities."""

_decode = json.loads


def leave(status: int = _KEEPER_GONE) -> NoReturn:
    """Ends this process without running a line of the code's exit handlers."""
    _exit(status)


class Channel:
    """One end of the socket. Callers hold interrupts back: half a frame must never be sent."""

    def __init__(self) -> None:
        self._descriptor = -1

    @property
    def descriptor(self) -> int:
        return self._descriptor

    def attach(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def receive(self, begun: Callable[[], None] | None = None) -> tuple:
        """Waits for a frame, `(kind, message)`. Calls `begun` as soon as some of it has come."""
        data = self._read(_READ_BYTES)
        if begun is not None:
            begun()
        while len(data) < _HEADER.size:
            data += self._read(_READ_BYTES)
        kind, length = _HEADER.unpack_from(data)
        missing = _HEADER.size + length - len(data)
        pieces = [data]
        while missing > 0:
            pieces.append(self._read(min(missing, 1 << 20)))
            missing -= len(pieces[-1])
        if missing < 0:
            # The turns are strict: nothing may follow a request before its answer.
            leave(_PROTOCOL_BROKEN)
        return kind, _decode(b"".join(pieces)[_HEADER.size:])

    def send(self, kind: bytes, payload: str) -> None:
        data = payload.encode("ascii")
        if len(data) > FRAME_CAP_BYTES:
            leave(_PROTOCOL_BROKEN)
        self._write(_HEADER.pack(kind, len(data)) + data)

    def exchange(self, kind: bytes, payload: str) -> None:
        """Sends a frame and waits until the keeper has taken note of it."""
        self.send(kind, payload)
        answer, _ = self.receive()
        if answer != ACKNOWLEDGED:
            leave(_PROTOCOL_BROKEN)

    def send_forked(self, child: int, maps_files: bool) -> None:
        self._write(_HEADER.pack(FORKED, _FORKED.size) + _FORKED.pack(child, maps_files))

    def send_bytes(self, kind: bytes, payload: bytes) -> None:
        self._write(_HEADER.pack(kind, len(payload)) + payload)

    def find(self, token: bytes) -> None:
        """Reads until a token has come: what lies before it was meant for another process."""
        seen = b""
        while token not in seen:
            seen = seen[-len(token):] + self._read(_READ_BYTES)

    def receive_into(self, content: memoryview) -> None:
        """After READY: bytes that are no frame."""
        while content:
            try:
                got = readv(self._descriptor, [content])
            except OSError:
                leave()
            content = content[got or leave():]

    def close(self) -> None:
        """In a child that has no say in it."""
        close(self._descriptor)
        self._descriptor = -1

    def _read(self, most: int) -> bytes:
        try:
            data = read(self._descriptor, most)
        except OSError:
            leave()
        return data or leave()

    def _write(self, data: bytes) -> None:
        try:
            sent = write(self._descriptor, data)
            rest = memoryview(data)[sent:]
            while rest:
                rest = rest[write(self._descriptor, rest):]
        except OSError:
            leave()
