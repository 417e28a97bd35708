"""Landlock: a list of what may be read, written and signalled, kept by each process for ever.

Invariant: everything that the kernel's Landlock knows is handled, so what no rule names is denied.
A second fence behind the mounts: it holds also where a mount was left writable by mistake. Where there
are no mounts it is the only one. What no version of it restricts: stat, chdir, chmod, chown, utime.
"""

from __future__ import annotations

import ctypes
import os
import stat

from . import libc

# The numbers are the same on x86-64 and arm64.
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_VERSION_QUERY, _PATH_BENEATH = 1, 1

_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
_MAKE_CHAR, _MAKE_BLOCK = 1 << 6, 1 << 11
_REFER = 1 << 13
_TRUNCATE, _IOCTL_DEVICE = 1 << 14, 1 << 15
_READ = _EXECUTE | _READ_FILE | _READ_DIR
_OF_ONE_FILE = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE | _IOCTL_DEVICE

SCOPES, TRUNCATION = 6, 3
"""The versions from which signals are kept in, and from which cutting a file counts as a write."""

# Access rights to files that each version of Landlock handles.
_FILES_BY_ABI = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1}
_FILES_NEWEST = (1 << 16) - 1
_NETWORK_BIND_CONNECT = 0b11
_SCOPE_ABSTRACT_SOCKETS, _SCOPE_SIGNALS = 0b01, 0b10


class _Ruleset(ctypes.Structure):
    _fields_ = [("files", ctypes.c_uint64), ("network", ctypes.c_uint64),
                ("scoped", ctypes.c_uint64)]


class _PathBeneath(ctypes.Structure):
    _pack_ = 1
    _layout_ = "ms"
    _fields_ = [("allowed", ctypes.c_uint64), ("parent", ctypes.c_int32)]


def abi() -> int:
    """The kernel's Landlock version; 0 when it has none."""
    try:
        return libc.syscall(
            "landlock_create_ruleset", _CREATE_RULESET, None, ctypes.c_size_t(0),
            ctypes.c_uint32(_VERSION_QUERY),
        )
    except OSError:
        return 0


def _create(version: int, files: int, network: int, scoped: int) -> int:
    block = _Ruleset(files, network, scoped)
    size = 24 if version >= 6 else 16 if version >= 4 else 8
    return libc.syscall(
        "landlock_create_ruleset", _CREATE_RULESET, ctypes.byref(block), ctypes.c_size_t(size),
        ctypes.c_uint32(0),
    )


def _allow(ruleset: int, path: str, allowed: int) -> None:
    descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        if not stat.S_ISDIR(os.fstat(descriptor).st_mode):
            allowed &= _OF_ONE_FILE
        rule = _PathBeneath(allowed, descriptor)
        libc.syscall(
            "landlock_add_rule %s" % path, _ADD_RULE, ctypes.c_int(ruleset),
            ctypes.c_int(_PATH_BENEATH), ctypes.byref(rule), ctypes.c_uint32(0),
        )
    finally:
        os.close(descriptor)


def _restrict(ruleset: int) -> None:
    try:
        libc.syscall(
            "landlock_restrict_self", _RESTRICT_SELF, ctypes.c_int(ruleset), ctypes.c_uint32(0)
        )
    finally:
        os.close(ruleset)


def confine_files(version: int, readable: list, writable: list, devices: list,
                  keep_signals: bool = False) -> None:
    """Reads and executes under `readable`, writes under `writable` too, and uses `devices`."""
    files = _FILES_BY_ABI.get(version, _FILES_NEWEST if version >= 5 else _FILES_BY_ABI[3])
    network = _NETWORK_BIND_CONNECT if version >= 4 else 0
    scoped = _SCOPE_ABSTRACT_SOCKETS if version >= SCOPES else 0
    if keep_signals and version >= SCOPES:
        scoped |= _SCOPE_SIGNALS
    ruleset = _create(version, files, network, scoped)
    for path in readable:
        _allow(ruleset, path, _READ & files)
    for path in writable:
        _allow(ruleset, path, files & ~(_MAKE_CHAR | _MAKE_BLOCK | _IOCTL_DEVICE))
    for path in devices:
        _allow(ruleset, path, (_READ_FILE | _WRITE_FILE | _TRUNCATE) & files)
    _restrict(ruleset)


def forbid_writing() -> None:
    """For a process that is to change nothing: it reads what it could before, and signals nobody."""
    version = abi()
    if version < 1:
        return
    files = _FILES_BY_ABI.get(version, _FILES_NEWEST if version >= 5 else _FILES_BY_ABI[3])
    scoped = _SCOPE_ABSTRACT_SOCKETS | _SCOPE_SIGNALS if version >= SCOPES else 0
    _restrict(_create(version, files & ~_READ, 0, scoped))


def keep_signals_in(version: int) -> None:
    """Lets this process and its children signal themselves and nobody before them.

    Every layer forbids to move files between folders, unless it says otherwise.
    """
    ruleset = _create(version, _REFER, 0, _SCOPE_SIGNALS)
    _allow(ruleset, "/", _REFER)
    _restrict(ruleset)
