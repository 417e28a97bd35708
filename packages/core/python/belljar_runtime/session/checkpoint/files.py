"""Open files: opened again by name, with the same mode, at the same place, and what waited to be written.

A fork shares the place in a file with the session. So nothing here moves it, and what waits in a
buffer is read out through a pipe that takes the place of the file, in the fork only.
"""

from __future__ import annotations

import _io
import gc
import os
import stat
from typing import Any

from ..beginning import beginning
from .pickler import CannotCarry, StatePickler
from .reduction import Reduction

_BUFFERS = (_io.BufferedReader, _io.BufferedWriter, _io.BufferedRandom)
_NEWLINES = ("", "\n", "\r", "\r\n")
_DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/urandom", "/dev/random")
_ELSEWHERE = "only files of the workspace are kept"
_PENDING_BYTES = 65_536
"""What a pipe holds."""


def raw_file(pickler: StatePickler, value: _io.FileIO) -> Reduction:
    if value.closed:
        return make_closed, (type(value), value.name)
    path = _path_again(pickler, value)
    position = os.lseek(value.fileno(), 0, os.SEEK_CUR) if value.seekable() else 0
    return open_again, (path, value.name, value.mode, position)


def _path_again(pickler: StatePickler, value: _io.FileIO) -> tuple:
    """Whether it lies in the workspace, and its path there or as it is."""
    if isinstance(value.name, int):
        raise CannotCarry("a pipe, a socket or a descriptor has no name to open it by")
    path = os.path.realpath(os.path.join(os.getcwd(), os.fsdecode(value.name)))
    here = os.fstat(value.fileno())
    try:
        there = os.stat(path)
    except OSError:
        raise CannotCarry("the file is not there any more") from None
    if (here.st_dev, here.st_ino) != (there.st_dev, there.st_ino):
        raise CannotCarry("another file has its name now")
    inside = _inside(pickler, path)
    if inside is not None:
        return True, inside
    if path in _DEVICES or (stat.S_ISREG(here.st_mode) and not value.writable()
                            and not os.access(os.path.dirname(path), os.W_OK)):
        return False, path
    raise CannotCarry(_ELSEWHERE)


def _inside(pickler: StatePickler, path: str) -> str | None:
    inside = os.path.relpath(path, os.path.realpath(pickler.situation.workspace))
    return None if inside.partition("/")[0] == ".." else inside


def path_in_workspace(pickler: StatePickler, path: Any) -> str:
    """Of a file that can be opened again, relative to the workspace."""
    inside = _inside(pickler, os.path.realpath(os.fsdecode(path)))
    if inside is None or not os.path.exists(path):
        raise CannotCarry(_ELSEWHERE)
    return inside


def open_again(path: tuple, name: Any, mode: str, position: int) -> _io.FileIO:
    in_workspace, place = path
    if in_workspace:
        place = os.path.join(beginning.folder, place)
    made = _io.FileIO(place, mode, opener=_open_existing)
    made.name = name
    if position:
        made.seek(position)
    return made


def _open_existing(path: str, flags: int) -> int:
    return os.open(path, flags & ~(os.O_CREAT | os.O_TRUNC | os.O_EXCL))


def make_closed(kind: type, name: Any) -> Any:
    made = kind(os.devnull)
    made.name = name
    made.close()
    return made


def buffered(pickler: StatePickler, value: Any) -> Reduction:
    if value.closed:
        return make_closed_buffer, (type(value), value.raw.name)
    if not value.writable():
        return make_buffer, (type(value), value.raw, value.tell() if value.seekable() else None, b"")
    raw = raw_file(pickler, value.raw)  # while the descriptor is the file's
    return make_buffer, (type(value), Made(raw, value.raw), None, _pending(pickler, value, value))


class Made:
    """A raw file whose reduction was made before its descriptor was given away."""

    def __init__(self, reduction: tuple, value: Any) -> None:
        self.reduction, self.value = reduction, value


def made_before(pickler: StatePickler, value: Made) -> Reduction:
    return value.reduction


def _pending(pickler: StatePickler, stream: Any, buffer: Any) -> bytes:
    """What was written and has not reached the file."""
    if not pickler.situation.is_fork:
        raise CannotCarry("it is open for writing, and the session has threads")
    reading, writing = os.pipe()
    os.set_blocking(reading, False)
    os.set_blocking(writing, False)
    kept = os.dup(buffer.fileno())
    try:
        os.dup2(writing, buffer.fileno(), inheritable=False)
        stream.flush()
        return os.read(reading, _PENDING_BYTES)
    except BlockingIOError:
        return b""
    except OSError:
        raise CannotCarry("what waits to be written cannot be told apart") from None
    finally:
        os.dup2(kept, buffer.fileno(), inheritable=False)
        for descriptor in (kept, reading, writing):
            os.close(descriptor)


def make_buffer(kind: type, raw: Any, position: int | None, pending: bytes) -> Any:
    made = kind(raw)
    if position is not None:
        made.seek(position)
    if pending:
        made.write(pending)
    return made


def make_closed_buffer(kind: type, name: Any) -> Any:
    made = kind(_io.FileIO(os.devnull, "r+"))
    made.raw.name = name
    made.close()
    return made


def text(pickler: StatePickler, value: _io.TextIOWrapper) -> Reduction:
    if type(value.buffer) not in _BUFFERS:
        return _text(value, value.buffer, None)
    if value.closed:
        return make_closed_text, (value.buffer.raw.name, _settings(value, None), vars(value))
    if not value.writable():
        return _text(value, value.buffer, value.tell() if value.seekable() else None)
    raw = raw_file(pickler, value.buffer.raw)
    pending = _pending(pickler, value, value.buffer)
    made = (make_buffer, (type(value.buffer), Made(raw, value.buffer.raw), None, pending))
    return _text(value, Made(made, value.buffer), None)


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
