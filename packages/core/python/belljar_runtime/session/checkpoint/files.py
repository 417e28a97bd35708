"""Open files: opened again by name, with the same mode, at the same place, and what waited to be written.

A fork shares the place in a file with the session: nothing here moves it.
"""

from __future__ import annotations

import _io
import os
import stat
from typing import Any

from ..beginning import beginning
from . import unwritten
from .file_places import ELSEWHERE, found_at, inside_workspace
from .pickler import CannotCarry, StatePickler
from .reduction import Reduction

_DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/urandom", "/dev/random")

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
    here = os.fstat(value.fileno())
    path = found_at(pickler, value, here)
    inside = inside_workspace(pickler, path)
    if inside is not None:
        return True, inside
    if path in _DEVICES or (stat.S_ISREG(here.st_mode) and not value.writable()
                            and not os.access(os.path.dirname(path), os.W_OK)):
        return False, path
    raise CannotCarry(ELSEWHERE)


def _absolute(path: tuple) -> str:
    in_workspace, place = path
    return os.path.join(beginning.folder, place) if in_workspace else place


def open_again(path: tuple, name: Any, mode: str, position: int) -> _io.FileIO:
    made = _io.FileIO(_absolute(path), mode, opener=_open_existing)
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
    buffer, place = settled(pickler, value, value)
    function, (kind, raw, _, pending) = buffer.reduction
    return function, (kind, raw, place, pending)


def settled(pickler: StatePickler, stream: Any, buffer: Any) -> tuple:
    """The buffer of a stream that writes, with what waits in it; and where the stream is, if nothing does."""
    if not pickler.situation.is_fork:
        raise CannotCarry("it is open for writing, and the session has threads")
    raw = raw_file(pickler, buffer.raw)  # while the descriptor is the file's
    place = unwritten.place_if_nothing_waits(stream, buffer, _absolute(raw[1][0]))
    pending = b"" if place is not None else unwritten.take(stream, buffer)
    made = make_buffer, (type(buffer), Made(raw, buffer.raw), None, pending)
    return Made(made, buffer), place


class Made:
    """A raw file whose reduction was made before its descriptor was given away."""

    def __init__(self, reduction: tuple, value: Any) -> None:
        self.reduction, self.value = reduction, value


def made_before(pickler: StatePickler, value: Made) -> Reduction:
    return value.reduction


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
