"""What a session's memory looks like on its way out: records over a socket to the keeper.

`kind u8, length u32 little-endian, payload`. A segment's content comes in pieces of one size; a piece
that the engine has already is named by its hash.
"""

from __future__ import annotations

import json
import struct
from os import write
from typing import Any

from .imports import import_trusted

SEGMENT, DATA, KNOWN, LOST, END, FAILED = b"S", b"D", b"K", b"L", b"E", b"F"

PIECE_BYTES = 1024 * 1024
_HASHED_FROM_BYTES = 64 * 1024
"""Smaller pieces are sent: that costs less than a hash, and less than loading what makes it."""

_HEAD = struct.Struct("<cI")
_KNOWN = struct.Struct("<32sI")


class StateWriter:
    """Takes one segment after the other. Nothing larger than a piece is ever copied."""

    def __init__(self, descriptor: int, known: frozenset) -> None:
        """`known`: digests of pieces that need not be sent."""
        self._descriptor, self._known = descriptor, known
        self._piece = bytearray()

    def segment(self, readonly: bool = False) -> None:
        """Begins a segment: what `data` is given belongs to it from now on."""
        self._end_piece()
        self._send(SEGMENT, b"\1" if readonly else b"\0")

    def data(self, content: Any) -> None:
        """Bytes or a contiguous buffer, in any number of calls."""
        view = memoryview(content)
        view = view.cast("B") if view.nbytes else view
        offset, size = 0, view.nbytes
        while offset < size:
            if not self._piece and size - offset >= PIECE_BYTES:
                self._send_piece(view[offset:offset + PIECE_BYTES])
                offset += PIECE_BYTES
                continue
            step = min(PIECE_BYTES - len(self._piece), size - offset)
            self._piece += view[offset:offset + step]
            offset += step
            if len(self._piece) == PIECE_BYTES:
                self._end_piece()

    def lost(self, name: str, kind: str, reason: str) -> None:
        """A variable, or a part of one, that cannot be carried."""
        self._send(LOST, json.dumps([name[:500], kind[:500], reason[:2000]]).encode())

    def end(self) -> None:
        self._end_piece()
        self._send(END, b"")

    def fail(self, reason: str) -> None:
        """Instead of `end`."""
        self._send(FAILED, reason[:500].encode(errors="replace"))

    def _end_piece(self) -> None:
        piece, self._piece = self._piece, bytearray()
        if piece:
            self._send_piece(piece)

    def _send_piece(self, piece: Any) -> None:
        if self._known and len(piece) >= _HASHED_FROM_BYTES:
            digest = import_trusted("hashlib").sha256(piece).digest()
            if digest in self._known:
                self._send(KNOWN, _KNOWN.pack(digest, len(piece)))
                return
        self._send(DATA, piece)

    def _send(self, kind: bytes, payload: Any) -> None:
        for part in (_HEAD.pack(kind, len(payload)), payload):
            rest = memoryview(part)
            while rest:
                rest = rest[write(self._descriptor, rest):]
