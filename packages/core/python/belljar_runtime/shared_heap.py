"""Memory that a zygote's forks share without a page table of their own to it.

A fork copies the page table of all anonymous memory: 20,000 entries with pandas and matplotlib, half
of what the fork takes, and as much again at its end. A private mapping of a file is left out: its
pages are mapped when they are read, and copied when they are written to. So what the preload
allocates goes into a file of memory, mapped shared while it is written and private from `seal` on,
in one step and at the same place. The file can then be written to by nobody, which the kernel
enforces (`F_SEAL_WRITE`).

Needs glibc: its heap is grown once, up to what is mapped over. Elsewhere memory stays as it is.
"""

from __future__ import annotations

import ctypes
import fcntl
import mmap
import os

_RESERVED_CHUNKS, _CHUNK_BYTES = 8, 31 * 1024 * 1024
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3
# What glibc's own adjustment arrives at, at most (mallopt(3)): it ends when either is set.
_MMAP_THRESHOLD_BYTES, _TRIM_THRESHOLD_BYTES = 32 * 1024 * 1024, 64 * 1024 * 1024
_NEVER_TRIM_BYTES = 2**31 - 1
_KEPT_TOP_BYTES = 1024 * 1024
_MAP_FIXED, _MADV_HUGEPAGE = 0x10, 14


class _ArenaAllocator(ctypes.Structure):
    """PyObjectArenaAllocator: where Python's small objects get their memory from."""

    _fields_ = [("context", ctypes.c_void_p), ("allocate", ctypes.c_void_p),
                ("free", ctypes.c_void_p)]


class SharedHeap:
    """Of one process, which has one thread. Nothing is shared when the C library is another."""

    def __init__(self) -> None:
        self._file = -1
        self._libc = libc = ctypes.CDLL(None, use_errno=True)
        if not all(hasattr(libc, name) for name in ("gnu_get_libc_version", "mallopt", "memfd_create")):
            return
        libc.malloc.restype = libc.sbrk.restype = libc.mmap.restype = ctypes.c_void_p
        libc.malloc.argtypes, libc.free.argtypes = [ctypes.c_size_t], [ctypes.c_void_p]
        libc.sbrk.argtypes, libc.malloc_trim.argtypes = [ctypes.c_ssize_t], [ctypes.c_size_t]
        libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int,
                              ctypes.c_int, ctypes.c_long]
        libc.madvise.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
        self._reserve()

    def _reserve(self) -> None:
        libc = self._libc
        libc.mallopt(_M_MMAP_THRESHOLD, _MMAP_THRESHOLD_BYTES)
        libc.mallopt(_M_TRIM_THRESHOLD, _NEVER_TRIM_BYTES)
        chunks = [libc.malloc(_CHUNK_BYTES) for _ in range(_RESERVED_CHUNKS)]
        for chunk in chunks:
            libc.free(chunk)
        end = libc.sbrk(0)
        if None in chunks or not all(0 < end - chunk < 2**30 for chunk in chunks):
            return  # another allocator, or a heap that could not grow
        # The header of the free chunk that this is now lies before it, and stays where it is.
        self._start = _page_after(min(chunks))
        self._size = _page_after(end) - self._start
        try:
            self._file = os.memfd_create("preload", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        except OSError:
            return  # a host that refuses such files
        os.ftruncate(self._file, self._size)
        self._map(self._size, mmap.MAP_SHARED)
        self._own = _ArenaAllocator()
        ctypes.pythonapi.PyObject_GetArenaAllocator(ctypes.byref(self._own))
        # C functions of the very shape that is called: `aligned_alloc(context, size)`, and one that
        # takes nothing for `free(context, address, size)`.
        ours = _ArenaAllocator(mmap.PAGESIZE, _address(libc.aligned_alloc), _address(libc.getpid))
        ctypes.pythonapi.PyObject_SetArenaAllocator(ctypes.byref(ours))

    def seal(self) -> None:
        """Makes it this process's private memory. What is allocated from now on is anonymous."""
        if self._file < 0:
            return
        libc = self._libc
        # An arena that is freed later is unmapped by the usual function, which its chunk survives.
        ctypes.pythonapi.PyObject_SetArenaAllocator(ctypes.byref(self._own))
        libc.malloc_trim(_KEPT_TOP_BYTES)
        libc.mallopt(_M_TRIM_THRESHOLD, _TRIM_THRESHOLD_BYTES)
        # A heap that outgrew it goes on behind it; one that did not has just been cut, perhaps all of it.
        used = min(_page_after(libc.sbrk(0)) - self._start, self._size)
        if used > 0:
            self._map(used, mmap.MAP_PRIVATE)
        fcntl.fcntl(self._file, fcntl.F_ADD_SEALS,
                    fcntl.F_SEAL_WRITE | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SEAL)
        os.close(self._file)
        self._file = -1

    def _map(self, size: int, kind: int) -> None:
        """In place of what is there. Aborts when it cannot: the heap would be gone."""
        protection = mmap.PROT_READ | mmap.PROT_WRITE
        mapped = self._libc.mmap(self._start, size, protection, kind | _MAP_FIXED, self._file, 0)
        if mapped != self._start:
            os.abort()
        self._libc.madvise(self._start, size, _MADV_HUGEPAGE)


def _page_after(address: int) -> int:
    return -(-address // mmap.PAGESIZE) * mmap.PAGESIZE


def _address(function: object) -> int | None:
    return ctypes.cast(function, ctypes.c_void_p).value
