"""Who the command is, and what it may do."""
from __future__ import annotations

import ctypes
import os

from belljar_runtime.jail import libc, namespaces

import mounts

_USER = 1000
_CAPSET = {"x86_64": 126, "aarch64": 91}.get(libc.MACHINE, -1)
# chown, dac_override, fowner, fsetid, kill, setgid, setuid, setpcap, net_bind_service, net_raw,
# sys_chroot, mknod, audit_write, setfcap
_DOCKER_CAPABILITIES = (0, 1, 3, 4, 5, 6, 7, 8, 10, 13, 18, 27, 29, 31)


def docker_capabilities() -> None:
    """Those of a default container's root."""
    for capability in range(64):
        if capability in _DOCKER_CAPABILITIES:
            continue
        try:
            libc.prctl(libc.PR_CAPBSET_DROP, capability)
        except OSError:
            if capability <= 30:
                raise
            break
    kept = sum(1 << capability for capability in _DOCKER_CAPABILITIES)
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)
    sets = (ctypes.c_uint32 * 6)(kept & 0xFFFFFFFF, kept & 0xFFFFFFFF, 0, kept >> 32, kept >> 32, 0)
    libc.syscall("capset", _CAPSET, ctypes.byref(header), ctypes.byref(sets))


def ordinary_user(needed: str = "") -> None:
    """Another user than root, who can reach the folders that are given."""
    if os.geteuid() == 0:
        mounts.open_to_all([path for path in needed.split(":") if path])
        os.setgroups([])
        os.setresgid(_USER, _USER, _USER)
        os.setresuid(_USER, _USER, _USER)
        # A change of user id makes the process's own /proc files the superuser's: undo that.
        libc.prctl(libc.PR_SET_DUMPABLE, 1)


def no_user_namespaces() -> None:
    """In a user namespace of its own, as an ordinary user there, the limit of more is 0."""
    user, group = os.geteuid(), os.getegid()
    libc.unshare(libc.CLONE_NEWUSER)
    folder = os.open("/proc/self", os.O_PATH | os.O_DIRECTORY)
    namespaces.write_identity_maps(folder, "%d %d 1" % (_USER, user), "%d %d 1" % (_USER, group))
    os.close(folder)
    with open("/proc/sys/user/max_user_namespaces", "w", encoding="ascii") as stream:
        stream.write("0")
