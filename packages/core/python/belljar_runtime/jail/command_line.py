"""What `/proc/<pid>/cmdline` shows of a process that was forked: no path and no number of the host."""

from __future__ import annotations

import ctypes


def _argument_area() -> tuple:
    """Where the kernel finds the arguments that this program was started with."""
    try:
        with open("/proc/self/stat", "rb") as stream:
            fields = stream.read().rpartition(b") ")[2].split()
    except OSError:
        return 0, 0  # without /proc nothing is started at all, for a reason that is said then
    return int(fields[45]), int(fields[46])


_START, _END = _argument_area()
_SHOWN = b"python3".ljust(_END - _START, b"\0")


def hide() -> None:
    """The last byte stays zero: the kernel would read on into the environment."""
    if len(_SHOWN) == _END - _START and _SHOWN.endswith(b"\0"):
        ctypes.memmove(_START, _SHOWN, len(_SHOWN))
