"""The bytes of a pickle as they are made, without a joined copy, and read back from segments.

Large contents are cut out of the pickle: they are segments of their own, so that one that has not
changed is known again. `cuts` says where they were, and the reader puts them back in.
"""

from __future__ import annotations

from typing import Any

CUT_BYTES = 64 * 1024
"""Contents of at least so many bytes are segments of their own."""

_BYTES, _BYTES8, _TEXT, _TEXT8, _ARRAY8 = b"B\x8eX\x8d\x96"
_LENGTH_BYTES = {_BYTES: 4, _TEXT: 4, _BYTES8: 8, _TEXT8: 8, _ARRAY8: 8}


class PickleWriter:
    """A file for a pickler. `outside` holds what was cut out, in order."""

    def __init__(self) -> None:
        self.pieces: list = []
        self.size = 0
        self.cuts: list = []
        self.outside: list = []

    def write(self, data: Any) -> int:
        length = len(data)
        if length >= CUT_BYTES and self._announces(length):
            self.cuts.append(self.size)
            self.outside.append(data)
        else:
            self.pieces.append(data)
            self.size += length
        return length

    def _announces(self, length: int) -> bool:
        """The pickler writes a large content by itself, after its opcode and length."""
        last = self.pieces[-1] if self.pieces else b""
        return any(last[-1 - width:-width] == bytes((opcode,))
                   and last[-width:] == length.to_bytes(width, "little")
                   for opcode, width in _LENGTH_BYTES.items())


class PickleReader:
    """A file for an unpickler: the pickle with each of `outside` at its cut."""

    def __init__(self, pickle: Any, cuts: list, outside: list) -> None:
        pickle, begin = memoryview(pickle), 0
        self._parts: list = []
        for cut, content in zip(cuts, outside):
            self._parts += [pickle[begin:cut], memoryview(content).cast("B")]
            begin = cut
        self._parts.append(pickle[begin:])
        self._parts.reverse()

    def read(self, size: int) -> bytes:
        pieces = []
        while size > 0:
            piece = self._take(size)
            if not len(piece):
                break
            size -= len(piece)
            pieces.append(piece)
        return bytes(pieces[0]) if len(pieces) == 1 else b"".join(pieces)

    def readinto(self, target: Any) -> int:
        target, filled = memoryview(target).cast("B"), 0
        while filled < len(target):
            piece = self._take(len(target) - filled)
            if not len(piece):
                break
            target[filled:filled + len(piece)] = piece
            filled += len(piece)
        return filled

    def readline(self) -> bytes:
        raise EOFError("a pickle of protocol 5 has no lines")

    def _take(self, most: int) -> memoryview:
        """Up to so many bytes; none at the end."""
        while self._parts and not len(self._parts[-1]):
            self._parts.pop()
        if not self._parts:
            return memoryview(b"")
        part = self._parts[-1]
        self._parts[-1] = part[most:]
        return part[:most]
