"""Resource limits of one process, and of all processes of the sandbox's user together.

They bound what one process takes at once; the sum over processes is the warden's. The process
count is kept per user namespace by the kernel (Linux 5.14), and not at all for user id 0.
"""

from __future__ import annotations

import os
import resource

from ..program import Program


_WARDENS_PART = 16


def held_bytes() -> int:
    """Private writable memory that this process has mapped: its libraries' share. Read in /proc."""
    try:
        descriptor = os.open("/proc/self/statm", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return 512 * 1024 * 1024
    try:
        return int(os.read(descriptor, 256).split()[5]) * resource.getpagesize()
    finally:
        os.close(descriptor)


def _set(values: dict) -> None:
    for kind, value in values.items():
        _, hard = resource.getrlimit(kind)
        if hard != resource.RLIM_INFINITY:
            value = min(value, hard)
        resource.setrlimit(kind, (value, value))


def apply_to_all() -> None:
    """In a zygote, for it and all that is forked from it: no core file, no memory locked."""
    _set({
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_MEMLOCK: 0,
        resource.RLIMIT_MSGQUEUE: 0,
        resource.RLIMIT_NICE: 0,
        resource.RLIMIT_RTPRIO: 0,
        resource.RLIMIT_SIGPENDING: 1024,
    })


def apply(limits: dict, held: int, processes: int, program: Program | None = None) -> None:
    """Hard and soft limits of a process that runs code. `limits` is `SandboxLimits` (limits.ts).

    `held`: `held_bytes()` of this process, from when it still had a /proc. `processes`: how many the
    user may have whom the kernel counts, beside the keeper. `program` has needs of its own instead.
    """
    memory = int(limits["memoryBytes"])
    data = memory - memory // _WARDENS_PART
    reserved = 8 * 1024 ** 3
    if program is not None:
        data, held, reserved = memory, program.held_bytes, program.reserved_bytes
        processes += program.threads
    _set({
        # A ceiling on address space: libraries reserve far more than they touch.
        resource.RLIMIT_AS: memory + reserved,
        # Private writable memory beyond what the zygote's libraries hold: a MemoryError in the
        # code, before the warden must end anything: it counts page tables and the interpreter too.
        resource.RLIMIT_DATA: data + held,
        resource.RLIMIT_FSIZE: int(limits["workspaceBytes"]),
        resource.RLIMIT_NOFILE: int(limits["openFiles"]),
        # The keeper counts too.
        resource.RLIMIT_NPROC: processes + 1,
    })
