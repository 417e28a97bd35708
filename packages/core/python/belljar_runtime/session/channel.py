"""Frames between the keeper and the session over one connected stream socket.

A frame is a kind byte, a little-endian u32 length, and a payload of UTF-8 JSON. The two take strict
turns: the session speaks only between a request and its answer. The keeper trusts nothing that it
reads here. A keeper that has gone ends the session at once.
"""

from __future__ import annotations

import json
import struct
from os import _exit, read, write
from typing import NoReturn

EXECUTE = b"X"
VARIABLES = b"V"
ACKNOWLEDGED = b"A"
DISPLAY = b"D"
DONE = b"R"

FRAME_CAP_BYTES = 32 * 1024 * 1024
"""Of one payload that the session sends."""

_HEADER = struct.Struct("<cI")
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

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def receive_head(self) -> tuple:
        """Waits for a frame; its `(kind, length)`. `receive_body` must follow."""
        return _HEADER.unpack(self._read(_HEADER.size))

    def receive_body(self, length: int) -> dict:
        """Reads not one byte beyond the frame: a savepoint's processes share the socket."""
        return _decode(self._read(length))

    def send(self, kind: bytes, payload: str) -> None:
        data = payload.encode("ascii")
        if len(data) > FRAME_CAP_BYTES:
            leave(_PROTOCOL_BROKEN)
        self._write(_HEADER.pack(kind, len(data)) + data)

    def exchange(self, kind: bytes, payload: str) -> None:
        """Sends a frame and waits until the keeper has taken note of it."""
        self.send(kind, payload)
        answer, length = self.receive_head()
        self.receive_body(length)
        if answer != ACKNOWLEDGED:
            leave(_PROTOCOL_BROKEN)

    def _read(self, length: int) -> bytes:
        try:
            data = read(self._descriptor, length)
            if len(data) == length:
                return data
            pieces = [data]
            missing = length - len(data)
            while missing and pieces[-1]:
                pieces.append(read(self._descriptor, min(missing, 1 << 20)))
                missing -= len(pieces[-1])
        except OSError:
            leave()
        if missing:
            leave()
        return b"".join(pieces)

    def _write(self, data: bytes) -> None:
        try:
            sent = write(self._descriptor, data)
            rest = memoryview(data)[sent:]
            while rest:
                rest = rest[write(self._descriptor, rest):]
        except OSError:
            leave()
