"""What a segment is read into: memory that one array then has to itself.

Large ones come straight from the kernel: a `bytearray` would be filled with zeros first.
"""

from __future__ import annotations

import mmap
from typing import Any

_LARGE_BYTES = 8 * 1024 * 1024


class SmallMemory(bytearray):
    pass


class LargeMemory(mmap.mmap):
    pass


def make_memory(size: int) -> Any:
    """A writable buffer of so many bytes."""
    if size < _LARGE_BYTES:
        return SmallMemory(size)
    memory = LargeMemory(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    try:
        memory.madvise(mmap.MADV_HUGEPAGE)
    except OSError:
        pass  # a kernel without them
    return memory


def is_own(base: Any) -> bool:
    """Whether it was made here: then whoever has it has it alone."""
    return type(base) in (SmallMemory, LargeMemory)
