"""The system calls that Python's standard library does not have, by ctypes.

Each function makes one call and raises `OSError` with the call's name in its text: no error number
is ever dropped. Callers: the other files of this folder, and nobody else.
"""

from __future__ import annotations

import ctypes
import os
import platform

_libc = ctypes.CDLL(None, use_errno=True)
_libc.syscall.restype = ctypes.c_long
_libc.mount.argtypes = [
    ctypes.c_char_p, ctypes.c_char_p, ctypes.c_char_p, ctypes.c_ulong, ctypes.c_char_p,
]
_libc.umount2.argtypes = [ctypes.c_char_p, ctypes.c_int]
_libc.prctl.argtypes = [ctypes.c_int, *[ctypes.c_ulong] * 4]

MACHINE = platform.machine()

# Numbers that x86-64 and arm64 share: system calls younger than the unified table (Linux 5.1).
_SYS_PIDFD_SEND_SIGNAL, _SYS_PIDFD_OPEN = 424, 434
_SYS_CLOSE_RANGE, _SYS_MOUNT_SETATTR = 436, 442
_SYS_PIVOT_ROOT = {"x86_64": 155, "aarch64": 41}.get(MACHINE, -1)
_SYS_CAPGET = {"x86_64": 125, "aarch64": 90}.get(MACHINE, -1)
_SYS_CAPSET = {"x86_64": 126, "aarch64": 91}.get(MACHINE, -1)

CLONE_NEWNS = 0x00020000
CLONE_NEWCGROUP = 0x02000000
CLONE_NEWUTS = 0x04000000
CLONE_NEWIPC = 0x08000000
CLONE_NEWUSER = 0x10000000
CLONE_NEWPID = 0x20000000
CLONE_NEWNET = 0x40000000

MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC = 0x1, 0x2, 0x4, 0x8
MS_BIND, MS_REC, MS_PRIVATE = 0x1000, 0x4000, 0x40000
MNT_DETACH = 2

MOUNT_ATTR_RDONLY, MOUNT_ATTR_NOSUID, MOUNT_ATTR_NODEV = 0x1, 0x2, 0x4
AT_FDCWD, AT_RECURSIVE = -100, 0x8000

PR_SET_PDEATHSIG = 1
PR_GET_DUMPABLE, PR_SET_DUMPABLE = 3, 4
PR_CAPBSET_READ, PR_CAPBSET_DROP = 23, 24
PR_SET_SECUREBITS = 28
PR_SET_CHILD_SUBREAPER = 36
PR_SET_NO_NEW_PRIVS, PR_GET_NO_NEW_PRIVS = 38, 39
PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL = 47, 4


def _check(result: int, what: str) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, "%s: %s" % (what, os.strerror(number)))
    return result


def syscall(what: str, number: int, *arguments: object) -> int:
    if number < 0:
        raise OSError(38, "%s: not known on %s" % (what, MACHINE))
    return _check(_libc.syscall(ctypes.c_long(number), *arguments), what)


def unshare(flags: int) -> None:
    _check(_libc.unshare(ctypes.c_int(flags)), "unshare(0x%x)" % flags)


def setns(descriptor: int, kind: int) -> None:
    _check(_libc.setns(ctypes.c_int(descriptor), ctypes.c_int(kind)), "setns")


def mount(source: str, target: str, kind: str | None, flags: int, data: str | None = None) -> None:
    result = _libc.mount(
        os.fsencode(source), os.fsencode(target),
        kind.encode() if kind else None, flags, data.encode() if data else None,
    )
    _check(result, "mount %s on %s" % (kind or source, target))


def unmount(target: str, flags: int = MNT_DETACH) -> None:
    _check(_libc.umount2(os.fsencode(target), flags), "umount %s" % target)


class _MountAttributes(ctypes.Structure):
    _fields_ = [(name, ctypes.c_uint64) for name in ("set", "clear", "propagation", "userns_fd")]


def mount_set_attributes(target: str, attributes: int) -> None:
    """Sets attributes on a mount and on all mounts below it (Linux 5.12)."""
    block = _MountAttributes(attributes, 0, 0, 0)
    syscall(
        "mount_setattr %s" % target, _SYS_MOUNT_SETATTR, ctypes.c_int(AT_FDCWD),
        ctypes.c_char_p(os.fsencode(target)), ctypes.c_uint(AT_RECURSIVE),
        ctypes.byref(block), ctypes.c_size_t(ctypes.sizeof(block)),
    )


def pivot_root(new: str, old: str) -> None:
    syscall(
        "pivot_root", _SYS_PIVOT_ROOT,
        ctypes.c_char_p(os.fsencode(new)), ctypes.c_char_p(os.fsencode(old)),
    )


def close_from(first: int) -> None:
    """Closes every descriptor from `first` on (Linux 5.9)."""
    syscall("close_range", _SYS_CLOSE_RANGE, ctypes.c_uint(first), ctypes.c_uint(0xFFFFFFFF),
            ctypes.c_uint(0))


def pidfd_open(process: int) -> int:
    """A handle of a process (Linux 5.3). `os` has it only where Python was built for such a kernel."""
    return syscall("pidfd_open", _SYS_PIDFD_OPEN, ctypes.c_int(process), ctypes.c_uint(0))


def pidfd_send_signal(handle: int, number: int) -> None:
    syscall("pidfd_send_signal", _SYS_PIDFD_SEND_SIGNAL, ctypes.c_int(handle), ctypes.c_int(number),
            None, ctypes.c_uint(0))


def prctl(option: int, first: int = 0, second: int = 0) -> int:
    result = _libc.prctl(option, first, second, 0, 0)
    return result if result >= 0 else _check(result, "prctl(%d)" % option)


_Capabilities = ctypes.c_uint32 * 6
# linux/capability.h: version 3, of the calling process.
_OWN_CAPABILITIES = (ctypes.c_uint32 * 2)(0x20080522, 0)


def capset(permitted: int) -> None:
    """Sets effective and permitted capabilities to these, and the inheritable ones to none."""
    low, high = permitted & 0xFFFFFFFF, permitted >> 32
    data = _Capabilities(low, low, 0, high, high, 0)
    syscall("capset", _SYS_CAPSET, ctypes.byref(_OWN_CAPABILITIES), ctypes.byref(data))


def capget() -> tuple:
    """Effective, permitted and inheritable capabilities of this process."""
    data = _Capabilities()
    syscall("capget", _SYS_CAPGET, ctypes.byref(_OWN_CAPABILITIES), ctypes.byref(data))
    return tuple(data[index] | data[index + 3] << 32 for index in range(3))
