"""Open text files: the buffer beneath, and how it is read as text."""

from __future__ import annotations

import _io
import gc
import os
from typing import Any

from .files import settled
from .pickler import StatePickler
from .reduction import Reduction

_BUFFERS = (_io.BufferedReader, _io.BufferedWriter, _io.BufferedRandom)
_NEWLINES = ("", "\n", "\r", "\r\n")


def text(pickler: StatePickler, value: _io.TextIOWrapper) -> Reduction:
    if type(value.buffer) not in _BUFFERS:
        return _text(value, value.buffer, None)
    if value.closed:
        return make_closed_text, (value.buffer.raw.name, _settings(value, None), vars(value))
    if not value.writable():
        return _text(value, value.buffer, value.tell() if value.seekable() else None)
    return _text(value, *settled(pickler, value, value.buffer))


def _text(value: Any, buffer: Any, place: int | None) -> Reduction:
    return make_text, (buffer, _settings(value, _newline(value)), place, vars(value))


def _settings(value: Any, newline: str | None) -> tuple:
    return value.encoding, value.errors, newline, value.line_buffering, value.write_through


def _newline(value: Any) -> str | None:
    """What was asked for, which no attribute tells: the text beside the encoder and the decoder."""
    held = gc.get_referents(value)
    after = [two for one, two in zip(held, held[1:])
             if type(one).__name__.endswith(("coder",)) and isinstance(two, str)]
    for decoder in held:
        if type(decoder) is _io.IncrementalNewlineDecoder:
            kept = decoder.getstate()
            decoder.reset()
            translates = decoder.decode(b"\r\n".decode("ascii").encode(value.encoding), True) == "\n"
            decoder.setstate(kept)
            return None if translates else ""
    return after[0] if after and after[0] in _NEWLINES else None


def make_text(buffer: Any, settings: tuple, place: int | None, attributes: dict) -> Any:
    made = _io.TextIOWrapper(buffer, *settings)
    vars(made).update(attributes)
    if place is not None:
        made.seek(place)
    return made


def make_closed_text(name: Any, settings: tuple, attributes: dict) -> Any:
    raw = _io.FileIO(os.devnull)
    raw.name = name
    made = make_text(_io.BufferedReader(raw), settings, None, attributes)
    made.close()
    return made
