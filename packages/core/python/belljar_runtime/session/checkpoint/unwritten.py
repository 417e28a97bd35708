"""What was written to an open file and waits in its buffers, in a fork of the session.

The fork must not write it: the session will. So another file takes the place of the descriptor, in the
fork only, for as long as it takes to ask.
"""

from __future__ import annotations

import errno
import os
from contextlib import contextmanager
from typing import Any, Iterator

from .pickler import CannotCarry

_MOST_BYTES = 65_536
"""What a pipe holds."""


def place_if_nothing_waits(stream: Any, buffer: Any, path: str) -> Any:
    """Where the stream is; None when something waits, or when it only writes and nobody can tell.

    In place of the file is the same one, opened by its path so that it cannot be written to.
    """
    if not buffer.readable() or not buffer.seekable():
        return None
    position = os.lseek(buffer.fileno(), 0, os.SEEK_CUR)
    reading = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    os.lseek(reading, position, os.SEEK_SET)
    with _in_place_of(buffer.fileno(), reading):
        try:
            return stream.tell()
        except OSError as error:
            if error.errno == errno.EBADF:
                return None
            raise CannotCarry("its place cannot be told: %s" % error) from None


def take(stream: Any, buffer: Any) -> bytes:
    """What waits, through a pipe in place of the file."""
    reading, writing = os.pipe()
    os.set_blocking(reading, False)
    os.set_blocking(writing, False)
    try:
        with _in_place_of(buffer.fileno(), writing):
            try:
                stream.flush()
            except OSError as error:
                # Of a file that also reads: after it has written it looks for its place.
                if error.errno != errno.ESPIPE:
                    raise
        waiting = os.read(reading, _MOST_BYTES)
    except BlockingIOError:
        waiting = b""
    except OSError:
        raise CannotCarry("what waits to be written cannot be told apart") from None
    finally:
        os.close(reading)
    if not waiting and buffer.readable():
        raise CannotCarry("what waits to be written cannot be told apart")
    return waiting


@contextmanager
def _in_place_of(descriptor: int, other: int) -> Iterator[None]:
    """`other` is closed in the end."""
    kept = os.dup(descriptor)
    try:
        os.dup2(other, descriptor, inheritable=False)
        yield
    finally:
        os.dup2(kept, descriptor, inheritable=False)
        os.close(kept)
        os.close(other)
