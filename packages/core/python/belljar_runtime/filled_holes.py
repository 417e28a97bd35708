"""Lets what a fork allocates lie together, on a page for each size.

Python puts a new object where a freed one lay. In a zygote these places are everywhere: a fork would
copy a page for each new object, and one more for the list that the place was taken from. They are
filled before the forks, whose objects then come from memory that nothing else is on.
"""

from __future__ import annotations

import ctypes
import sys

# Python's small objects: sizes that have pools of their own. Larger ones are the C library's.
_STEP_BYTES, _LARGEST_BYTES = 16, 512
_POOL_BYTES, _POOL_HEAD_BYTES = 16384 if sys.version_info >= (3, 10) else 4096, 48
# A zygote has had up to 15 kB of such places of one size.
_FILLED_BYTES = 32 * 1024
# The C library then puts its free pieces in order, which else the first fork to ask for so much does.
_LARGE_BYTES = 1024 * 1024


def fill_holes() -> None:
    """Last of all before the first fork. Nothing of it is ever freed."""
    allocate = ctypes.pythonapi.PyObject_Malloc
    allocate.restype, allocate.argtypes = ctypes.c_void_p, [ctypes.c_size_t]
    for size in range(_STEP_BYTES, _LARGEST_BYTES + 1, _STEP_BYTES):
        for _ in range(_FILLED_BYTES // size):
            allocate(size)
        # Until a pool has been begun: what follows shares the page of its head.
        for _ in range(_POOL_BYTES // size):
            if allocate(size) % _POOL_BYTES == _POOL_HEAD_BYTES:
                break
    bytearray(_LARGE_BYTES)
