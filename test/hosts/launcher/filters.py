"""Filters such as containers and old kernels have, put together by the jail's own assembler."""
from __future__ import annotations

import ctypes
import errno
import os

from belljar_runtime.jail import capabilities, libc
from belljar_runtime.jail.bpf import Program
from belljar_runtime.jail.syscall_numbers import NUMBERS

_ALLOW, _ERRNO = 0x7FFF0000, 0x00050000
_PR_SET_SECCOMP, _MODE_FILTER, _ARGUMENTS = 22, 2, 16
_NAMESPACE_FLAGS = 0x7E020000

# What Docker's default profile leaves out for a container without CAP_SYS_ADMIN, as far as it
# matters to a jail. Calls that it knows and does not list answer EPERM.
_DOCKER = """mount umount2 pivot_root unshare setns mount_setattr move_mount open_tree fsopen fsmount
fsconfig fspick bpf perf_event_open keyctl add_key request_key userfaultfd quotactl swapon swapoff
reboot kexec_load init_module delete_module io_uring_setup io_uring_enter io_uring_register
lookup_dcookie nfsservctl acct sethostname setdomainname"""
_LANDLOCK = {"landlock_create_ruleset": 444, "landlock_add_rule": 445, "landlock_restrict_self": 446}


def install(answers: dict, special: dict) -> None:
    """`answers`: error by call. `special`: by call, (argument, mask, error) when bits are set."""
    numbers = {**_LANDLOCK, **NUMBERS[libc.MACHINE]}
    program = Program()
    allow = program.give(_ALLOW)
    cases = {numbers[name]: program.give(_ERRNO | error) for name, error in answers.items()
             if name in numbers}
    for name, (argument, mask, value, error) in special.items():
        refuse = program.give(_ERRNO | error)
        hit, miss = (refuse, allow) if value else (allow, refuse)
        test = program.mask(mask, program.switch({value: hit}, miss))
        cases[numbers[name]] = program.load(_ARGUMENTS + 8 * argument, test)
    code = program.assemble(program.load(0, program.switch(cases, allow)))
    _load(code)


def _load(code: bytes) -> None:
    class _Header(ctypes.Structure):
        _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.c_char_p)]

    header = _Header(len(code) // 8, code)
    address = ctypes.addressof(header)
    try:
        # Root needs no "no new privileges", and containers' root does not have it.
        libc.prctl(_PR_SET_SECCOMP, _MODE_FILTER, address)
    except PermissionError:
        capabilities.forbid_new_privileges()
        libc.prctl(_PR_SET_SECCOMP, _MODE_FILTER, address)
    if not code:
        raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))


def docker() -> None:
    """The filter of a default container: no namespaces, no mounts."""
    answers = {name: errno.EPERM for name in _DOCKER.split()}
    install({**answers, "clone3": errno.ENOSYS},
            {"clone": (0, _NAMESPACE_FLAGS, 0, errno.EPERM)})


def refuse(call: str, error: str) -> None:
    """One call, or all whose name begins with it when that ends with `*`."""
    names = [name for name in {**_LANDLOCK, **NUMBERS[libc.MACHINE]}
             if name == call or (call.endswith("*") and name.startswith(call[:-1]))]
    if not names:
        raise OSError(errno.EINVAL, "no such call: %s" % call)
    install({name: getattr(errno, error) for name in names}, {})


def no_seccomp() -> None:
    """As a kernel without CONFIG_SECCOMP_FILTER answers."""
    install({"seccomp": errno.EINVAL},
            {"prctl": (0, 0xFFFFFFFF, _PR_SET_SECCOMP, errno.EINVAL)})
