"""Filters such as containers and old kernels have, put together by the jail's own assembler."""
from __future__ import annotations

import ctypes
import errno

from belljar_runtime.jail import capabilities, libc
from belljar_runtime.jail.bpf import Program
from belljar_runtime.jail.syscall_numbers import NUMBERS

_ALLOW, _ERRNO = 0x7FFF0000, 0x00050000
_PR_SET_SECCOMP, _MODE_FILTER, _ARGUMENTS = 22, 2, 16
_NAMESPACE_FLAGS = 0x7E020000

# Calls that Docker's default profile (as of 2026) refuses a container with the default capabilities,
# of those that x86-64 and arm64 have. It is an allow-list; this is what it comes to.
_DOCKER = """_sysctl acct add_key bpf clock_settime delete_module fanotify_init finit_module fsconfig
fsmount fsopen fspick get_mempolicy init_module io_uring_enter io_uring_register io_uring_setup ioperm
iopl kcmp kexec_file_load kexec_load keyctl lookup_dcookie lsm_get_self_attr lsm_list_modules
lsm_set_self_attr mbind migrate_pages mount mount_setattr move_mount move_pages nfsservctl
open_by_handle_at open_tree perf_event_open pidfd_getfd pivot_root process_madvise quotactl quotactl_fd
reboot request_key set_mempolicy set_mempolicy_home_node setdomainname sethostname setns settimeofday
swapoff swapon sysfs syslog umount2 unshare uselib userfaultfd ustat vhangup"""
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


def docker(allowed: str = "") -> None:
    """The filter of a default container: no namespaces, no mounts. `allowed`: calls let through."""
    answers = {name: errno.EPERM for name in _DOCKER.split() if name not in allowed.split(",")}
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
