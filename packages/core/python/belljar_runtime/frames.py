"""Frames between the engine and the Python side: two lengths, a JSON header, bytes.

`u32 header length, u32 payload length` (little-endian), the header as UTF-8 JSON, the payload. The
engine reads them in `runtimes/python/frames.ts`. A frame over the cap ends the connection: a length
is checked before a byte of it is kept.
"""

from __future__ import annotations

import errno
import json
import struct
from typing import Any

_LENGTHS = struct.Struct("<II")
HEADER_CAP_BYTES = 8 * 1024 * 1024
PAYLOAD_CAP_BYTES = 64 * 1024 * 1024
LARGEST_PAYLOAD_BYTES = 0xFFFFFFFF
"""Of what is streamed: its length has 32 bits."""


# Made once, and without a look for white space: what `json.dumps` and `json.loads` do around these
# copies 10 pages in a fork.
_write = json.JSONEncoder(separators=(",", ":")).encode
_read = json.JSONDecoder().raw_decode


def to_json(value: Any) -> bytes:
    return _write(value).encode()


def from_json(data: bytes) -> Any:
    """Of what `to_json` or the engine wrote: there is nothing before it and nothing after it."""
    text = str(data, "utf-8", "surrogatepass")
    value, end = _read(text)
    if end != len(text):
        raise ValueError("more than one value")
    return value


def encode_head(header: dict, payload_bytes: int = 0) -> bytes:
    """What comes before the payload; large payloads are sent after it without a copy."""
    text = to_json(header)
    if len(text) > HEADER_CAP_BYTES:
        # An order's answer, such as the list of a very deep workspace: its order is refused.
        raise OSError(errno.EMSGSIZE, "a header of %d bytes" % len(text))
    if payload_bytes > LARGEST_PAYLOAD_BYTES:
        raise OSError(errno.EFBIG, "a payload of %d bytes" % payload_bytes)
    return _LENGTHS.pack(len(text), payload_bytes) + text


def encode(header: dict, payload: bytes = b"") -> bytes:
    return encode_head(header, len(payload)) + payload


class FrameReader:
    """Turns received bytes into `(header, payload)` pairs."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> list:
        self._buffer += data
        frames = []
        while len(self._buffer) >= _LENGTHS.size:
            header_bytes, payload_bytes = _LENGTHS.unpack_from(self._buffer)
            if header_bytes > HEADER_CAP_BYTES or payload_bytes > PAYLOAD_CAP_BYTES:
                raise ValueError("frame over the cap: %d + %d bytes" % (header_bytes, payload_bytes))
            header_end = _LENGTHS.size + header_bytes
            end = header_end + payload_bytes
            if len(self._buffer) < end:
                break
            header = from_json(self._buffer[_LENGTHS.size:header_end])
            frames.append((header, bytes(self._buffer[header_end:end])))
            del self._buffer[:end]
        return frames
