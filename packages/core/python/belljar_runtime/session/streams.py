"""sys.stdin, sys.stdout and sys.stderr of the code, and descriptors 1 and 2 beneath them.

Text that UTF-8 cannot hold is escaped, never an error. Whatever the code does to them (close,
replace, redirect), they work again when the next execution starts.
"""

from __future__ import annotations

import ctypes
import os
import sys
from typing import TextIO

_LIBC = ctypes.CDLL(None)
_C_OUTPUT = ctypes.c_void_p.in_dll(_LIBC, "stdout")
_c_flush, _c_set_buffer = _LIBC.fflush, _LIBC.setvbuf
# The first call by ctypes sets things up: once here, before the forks.
_c_flush(_C_OUTPUT)
_LINE_BUFFERED = 1
_NAMES = {1: "<stdout>", 2: "<stderr>"}


def _open(descriptor: int) -> TextIO:
    """`closefd=False`: `sys.stdout.close()` leaves the pipe open."""
    stream = open(
        descriptor, "w", buffering=1, encoding="utf-8", errors="backslashreplace", newline="\n",
        closefd=False,
    )
    stream.buffer.raw.name = _NAMES[descriptor]
    return stream


def _open_input() -> TextIO:
    return open(0, encoding="utf-8", errors="surrogateescape", closefd=False)


def _open_on_pipes() -> tuple:
    """Streams on 1 and 2 that have seen pipes there, as a session has them; what was there returns."""
    reading, writing = os.pipe()
    kept = [os.dup(descriptor) for descriptor in _NAMES]
    try:
        for descriptor in _NAMES:
            os.dup2(writing, descriptor)
        return tuple(_open(descriptor) for descriptor in _NAMES)
    finally:
        for descriptor, original in zip(_NAMES, kept):
            os.dup2(original, descriptor, inheritable=True)
            os.close(original)
        os.close(reading)
        os.close(writing)


class Streams:
    """Made in a zygote, and put in place in its forks: a fork that makes them copies 70 pages."""

    def __init__(self) -> None:
        self._output, self._errors = _open_on_pipes()
        self._input = _open_input()
        # Freed in a fork, each would copy the pages that it lies on.
        self._replaced = (sys.stdin, sys.stdout, sys.stderr)

    def attach(self) -> None:
        """Takes descriptors 0, 1 and 2 as they are now: pipes, but for 0."""
        self.pipes = (os.dup(1), os.dup(2))
        _c_set_buffer(_C_OUTPUT, None, _LINE_BUFFERED, 0)
        self._place()

    def detach(self) -> None:
        for descriptor in self.pipes:
            os.close(descriptor)

    def _place(self) -> None:
        sys.stdin = sys.__stdin__ = self._input
        sys.stdout = sys.__stdout__ = self._output
        sys.stderr = sys.__stderr__ = self._errors

    def flush(self) -> None:
        """Hands over what has been printed so far, so that a display comes after it."""
        for name in ("stdout", "stderr"):
            try:
                getattr(sys, name).flush()
            except BaseException:  # noqa: BLE001 - the code may have closed or replaced it
                pass
        _c_flush(_C_OUTPUT)

    def settle(self) -> None:
        """Ends an execution: everything is handed over, and the three streams are as at birth."""
        output, errors = getattr(sys, "stdout", None), getattr(sys, "stderr", None)
        if output is not self._output or errors is not self._errors:
            self.flush()
        _c_flush(_C_OUTPUT)
        self._output = self._settled(self._output, 1)
        self._errors = self._settled(self._errors, 2)
        if self._input.closed:
            self._input = _open_input()
        if (output is not self._output or errors is not self._errors
                or getattr(sys, "stdin", None) is not self._input):
            self._place()

    def _settled(self, stream: TextIO, descriptor: int) -> TextIO:
        try:
            stream.flush()
            lost = False
        except (OSError, ValueError):
            lost = True
        # Always, since finding out whether the code moved the descriptor costs more.
        os.dup2(self.pipes[descriptor - 1], descriptor)
        if not lost:
            return stream
        try:
            # A stream whose descriptor was closed has kept its text.
            stream.flush()
            return stream
        except (OSError, ValueError):
            return _open(descriptor)
